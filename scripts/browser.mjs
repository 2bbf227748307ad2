/** The browser that the end-to-end tests run in, and what comes with it. */
import { existsSync, realpathSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';

const commands = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];

/** Where browsers are that are not on the search path. */
const programs = {
  darwin: [
    '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
    '/Applications/Chromium.app/Contents/MacOS/Chromium',
  ],
  win32: ['PROGRAMFILES', 'PROGRAMFILES(X86)', 'LOCALAPPDATA'].map((name) =>
    join(process.env[name] ?? '', 'Google', 'Chrome', 'Application', 'chrome.exe'),
  ),
};

/** A Chrome or Chromium of this machine: the one that `LONGHAND_BROWSER` names, or the first there is. */
export function findBrowser() {
  if (process.env.LONGHAND_BROWSER) return process.env.LONGHAND_BROWSER;
  const folders = process.platform === 'win32' ? [] : (process.env.PATH ?? '').split(delimiter);
  const onPath = commands.flatMap((command) => folders.map((folder) => join(folder, command)));
  return [...onPath, ...(programs[process.platform] ?? [])].find((file) => existsSync(file));
}

/** Debian's browser is started by a script that lies elsewhere. */
const debianFolder = '/usr/lib/chromium';
const swiftShaderDriver = 'vk_swiftshader_icd.json';

/**
 * The Vulkan driver that comes with the browser on Linux and needs no graphics card: its description, and the folder
 * that the Vulkan loader lies in too.
 */
export function findSwiftShader(browser = findBrowser()) {
  if (process.platform !== 'linux') return undefined;
  const besideBrowser = browser && existsSync(browser) ? [dirname(realpathSync(browser))] : [];
  const folder = [...besideBrowser, debianFolder].find((candidate) => existsSync(join(candidate, swiftShaderDriver)));
  return folder && { folder, driver: join(folder, swiftShaderDriver) };
}
