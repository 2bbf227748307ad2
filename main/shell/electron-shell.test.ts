import { EventEmitter } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { LonghandError } from '../../base/errors.ts';
import { type Channel, serve } from '../../base/rpc.ts';
import type { App, AppOptions, Rights } from '../ipc/app.ts';
import { contract } from '../ipc/contract.ts';
import { ipcChannelName } from './electron-channel.ts';
import { type ElectronApi, runElectron } from './electron-shell.ts';
import { appFolders } from './folders.ts';

vi.mock('./folders.ts', { spy: true });

let temporary: string;
let dataFolder: string;
beforeEach(() => {
  temporary = mkdtempSync(join(tmpdir(), 'longhand-electron-'));
  dataFolder = join(temporary, 'data');
  mkdirSync(join(temporary, 'renderer'));
  writeFileSync(join(temporary, 'renderer', 'index.html'), '<title>Longhand</title>');
  writeFileSync(join(temporary, 'document.pdf'), '0123456789');
  vi.mocked(appFolders).mockReturnValue({
    version: '1',
    renderer: join(temporary, 'renderer'),
    preload: join(temporary, 'preload.cjs'),
    processes: temporary,
    bundled: temporary,
    samples: temporary,
  });
});
afterEach(() => rmSync(temporary, { recursive: true }));

/** A page's contents as far as the shell touches them. */
class ContentsDouble extends EventEmitter {
  readonly id = 1;
  readonly sent: unknown[][] = [];
  mainFrame = { url: 'longhand://app/' };
  openHandler: ((details: { url: string }) => { action: string }) | undefined;

  setWindowOpenHandler(handler: (details: { url: string }) => { action: string }): void {
    this.openHandler = handler;
  }
  isDestroyed(): boolean {
    return false;
  }
  send(...message: unknown[]): void {
    this.sent.push(message);
  }
}

class WindowDouble extends EventEmitter {
  static all: WindowDouble[] = [];
  static getAllWindows(): WindowDouble[] {
    return WindowDouble.all;
  }
  readonly webContents = new ContentsDouble();
  readonly calls: string[] = [];
  constructor(readonly options: Electron.BrowserWindowConstructorOptions) {
    super();
    WindowDouble.all.push(this);
  }
  loadURL = async (url: string): Promise<void> => void this.calls.push(`load ${url}`);
  show = (): void => void this.calls.push('show');
  focus = (): void => void this.calls.push('focus');
  restore = (): void => void this.calls.push('restore');
  maximize = (): void => void this.calls.push('maximize');
  reload = (): void => void this.calls.push('reload');
  destroy = (): void => void this.calls.push('destroy');
  isMinimized = (): boolean => true;
  isMaximized = (): boolean => true;
  isDestroyed = (): boolean => false;
  getNormalBounds = (): Electron.Rectangle => ({ x: 10, y: 20, width: 900, height: 700 });
}

type PermissionRequest = (
  contents: unknown,
  permission: string,
  callback: (is: boolean) => void,
  details: object,
) => void;

/** Electron as the shell sees it; what it was told is in `told`. */
function electronDouble({ lock = true } = {}) {
  WindowDouble.all = [];
  const told = {
    exit: [] as number[],
    errors: [] as string[],
    messages: [] as Electron.MessageBoxOptions[],
    lockData: undefined as unknown,
    paths: {} as Record<string, string>,
    menu: [] as Electron.MenuItemConstructorOptions[],
    privileges: [] as Electron.CustomScheme[],
    quits: 0,
  };
  const app = Object.assign(new EventEmitter(), {
    isPackaged: true,
    enableSandbox: vi.fn(),
    exit: (code: number) => void told.exit.push(code),
    quit: () => void told.quits++,
    requestSingleInstanceLock: (data: unknown) => {
      told.lockData = data;
      return lock;
    },
    setPath: (name: string, path: string) => {
      told.paths[name] = path;
    },
    whenReady: async () => undefined,
  });
  const session = Object.assign(new EventEmitter(), {
    permissionRequest: undefined as PermissionRequest | undefined,
    permissionCheck: undefined as ((contents: unknown, permission: string, origin: string) => boolean) | undefined,
    devices: undefined as (() => boolean) | undefined,
    beforeRequest: undefined as ((details: object, callback: (answer: object) => void) => void) | undefined,
    setPermissionRequestHandler: (handler: PermissionRequest) => {
      session.permissionRequest = handler;
    },
    setPermissionCheckHandler: (handler: (contents: unknown, permission: string, origin: string) => boolean) => {
      session.permissionCheck = handler;
    },
    setDevicePermissionHandler: (handler: () => boolean) => {
      session.devices = handler;
    },
    webRequest: {
      onBeforeRequest: (handler: (details: object, callback: (answer: object) => void) => void) => {
        session.beforeRequest = handler;
      },
    },
  });
  const handlers: Record<string, (request: Request) => Promise<Response>> = {};
  const electron = {
    app,
    BrowserWindow: WindowDouble,
    dialog: {
      showErrorBox: (title: string, text: string) => void told.errors.push(`${title}: ${text}`),
      showOpenDialog: async () => ({ canceled: false, filePaths: ['/chosen.pdf'] }),
      showMessageBox: async (...args: unknown[]) => {
        told.messages.push(args.at(-1) as Electron.MessageBoxOptions);
        return { response: 0 };
      },
    },
    ipcMain: new EventEmitter(),
    Menu: {
      buildFromTemplate: (template: Electron.MenuItemConstructorOptions[]) => template,
      setApplicationMenu: (template: Electron.MenuItemConstructorOptions[]) => {
        told.menu = template;
      },
    },
    protocol: {
      registerSchemesAsPrivileged: (schemes: Electron.CustomScheme[]) => void told.privileges.push(...schemes),
      handle: (scheme: string, handler: (request: Request) => Promise<Response>) => {
        handlers[scheme] = handler;
      },
    },
    screen: { getAllDisplays: () => [{ workArea: { x: 0, y: 0, width: 1920, height: 1080 } }] },
    session: { defaultSession: session },
    utilityProcess: { fork: vi.fn() },
  };
  const fetch = (url: string, init?: RequestInit): Promise<Response> =>
    handlers.longhand?.(new Request(url, init)) ?? Promise.reject(new Error('There is no handler.'));
  return { electron, api: electron as unknown as ElectronApi, app, session, told, fetch };
}

/** An app that keeps what it is asked to add, and refuses what ends in .exe. */
function appDouble() {
  const added: string[] = [];
  const uploads: string[] = [];
  const pages: { channel: Channel; rights: Rights; messages: unknown[]; closed: boolean }[] = [];
  const app = {
    closes: 0,
    options: undefined as AppOptions | undefined,
    serve(channel: Channel, rights: Rights) {
      const page = { channel, rights, messages: [] as unknown[], closed: false };
      pages.push(page);
      if (pages.length > 1) {
        channel.onMessage((message) => page.messages.push(message));
        channel.onClose(() => {
          page.closed = true;
        });
        return;
      }
      // The first is the shell's own.
      const add = ({ sources }: { sources: { kind: string; path?: string }[] }) => {
        const paths = sources.flatMap(({ path }) => path ?? []);
        added.push(...paths);
        const refused = paths.filter((path) => path.endsWith('.exe'));
        return { documents: [], refused: refused.map((name) => ({ name, reason: 'it cannot be read.' })) };
      };
      serve(contract, { 'library.add': add } as never, channel);
    },
    documentFile: () => ({ path: join(temporary, 'document.pdf'), mediaType: 'application/pdf', byteSize: 10 }),
    async receiveUpload(bytes: AsyncIterable<Uint8Array>) {
      let text = '';
      for await (const piece of bytes) text += Buffer.from(piece).toString();
      if (text === '') throw new LonghandError('bad-request', 'It is empty.');
      uploads.push(text);
      return `upload ${uploads.length}`;
    },
    close: async () => void app.closes++,
  };
  const createApp = async (options: AppOptions): Promise<App> => {
    app.options = options;
    return app;
  };
  return { app, createApp, added, uploads, windowPages: () => pages.slice(1), firstRights: () => pages[0]?.rights };
}

async function started(args: string[] = []) {
  const double = electronDouble();
  const longhand = appDouble();
  await runElectron(double.api, longhand.createApp, ['--data-dir', dataFolder, ...args]);
  expect(double.told.errors).toEqual([]);
  const [window] = WindowDouble.all;
  if (!window) throw new Error('No window was opened.');
  return { ...double, longhand, window };
}

function event(more: object = {}) {
  return { preventDefault: vi.fn(), ...more };
}

describe('starting', () => {
  test('one window of one address, with no rights', async () => {
    const { window, app, told, longhand } = await started(['--model', 'm', '--some-switch-of-chromium']);
    expect(WindowDouble.all).toHaveLength(1);
    expect(window.calls).toEqual(['load longhand://app/']);
    expect(window.options.show).toBe(false);
    expect(window.options.webPreferences).toEqual({
      preload: join(temporary, 'preload.cjs'),
      sandbox: true,
      contextIsolation: true,
      nodeIntegration: false,
      nodeIntegrationInSubFrames: false,
      nodeIntegrationInWorker: false,
      webSecurity: true,
      allowRunningInsecureContent: false,
      webviewTag: false,
      spellcheck: false,
    });
    expect(app.enableSandbox).toHaveBeenCalled();
    expect(told.privileges).toEqual([
      { scheme: 'longhand', privileges: { standard: true, secure: true, supportFetchAPI: true, stream: true } },
    ]);
    expect(told.paths).toEqual({ userData: join(dataFolder, 'browser') });
    expect(longhand.app.options).toMatchObject({ shell: 'electron', dataFolder, overrides: { modelId: 'm' } });
    window.emit('ready-to-show');
    expect(window.calls).toContain('show');
  });

  test('a start that fails says why and ends', async () => {
    const { api, told } = electronDouble();
    const sentence = 'The library was written by a newer version of Longhand; update Longhand.';
    await runElectron(api, () => Promise.reject(new LonghandError('data-newer', sentence)), ['--data-dir', dataFolder]);
    expect(told.errors).toEqual([`Longhand could not start: ${sentence}`]);
    expect(told.exit).toEqual([1]);
    expect(WindowDouble.all).toEqual([]);
  });

  test('a data folder that cannot be made is named', async () => {
    writeFileSync(dataFolder, 'a file');
    const { api, told } = electronDouble();
    await runElectron(api, appDouble().createApp, ['--data-dir', dataFolder]);
    expect(told.errors).toMatchObject([expect.stringContaining(`The data folder ${dataFolder} cannot be written`)]);
    expect(told.exit).toEqual([1]);
    expect(readFileSync(dataFolder, 'utf8')).toBe('a file');
  });

  test('a second start hands over its files and ends', async () => {
    const { api, told } = electronDouble({ lock: false });
    const { app, createApp } = appDouble();
    await runElectron(api, createApp, ['--data-dir', dataFolder, '/one.pdf']);
    expect(told.lockData).toEqual({ files: ['/one.pdf'] });
    expect(told.exit).toEqual([0]);
    expect(app.options).toBeUndefined();
  });
});

describe('the running instance', () => {
  test('a second start brings the window to the front and adds its files', async () => {
    const { app, window, longhand } = await started();
    app.emit('second-instance', event(), [], '/', { files: ['/two.pdf'] });
    expect(window.calls.slice(-2)).toEqual(['restore', 'focus']);
    await vi.waitUntil(() => longhand.added.length > 0);
    expect(longhand.added).toEqual(['/two.pdf']);
  });

  test('files that further starts hand over before it has started are added', async () => {
    const { api, app } = electronDouble();
    const longhand = appDouble();
    const createApp = async (options: AppOptions): Promise<App> => {
      for (const file of ['/two.pdf', '/three.pdf']) app.emit('second-instance', event(), [], '/', { files: [file] });
      return longhand.createApp(options);
    };
    await runElectron(api, createApp, ['--data-dir', dataFolder, '/one.pdf']);
    await vi.waitUntil(() => longhand.added.length > 0);
    expect(longhand.added).toEqual(['/one.pdf', '/two.pdf', '/three.pdf']);
  });

  test.each([undefined, 'text', { files: 'x' }, { files: [1] }])('a handover of %j adds nothing', async (data) => {
    const { app, told, longhand } = await started();
    app.emit('second-instance', event(), [], '/', data);
    app.emit('open-file', event(), '/after.pdf');
    await vi.waitUntil(() => longhand.added.length > 0);
    expect(longhand.added).toEqual(['/after.pdf']);
    expect(told.messages).toEqual([]);
  });

  test('files of the command line, of the system and of the menu are added, and refusals told', async () => {
    const { app, told, longhand } = await started(['/one.pdf']);
    app.emit('open-file', event(), '/bad.exe');
    const file = told.menu.find(({ label }) => label === '&File')?.submenu as Electron.MenuItemConstructorOptions[];
    const click = file[0]?.click as () => void;
    click();
    await vi.waitUntil(() => longhand.added.length === 3 && told.messages.length === 1);
    expect(longhand.added.sort()).toEqual(['/bad.exe', '/chosen.pdf', '/one.pdf']);
    expect(longhand.firstRights()).toEqual({ paths: true });
    expect(told.messages).toEqual([
      { type: 'warning', message: 'Some documents could not be added.', detail: '/bad.exe: it cannot be read.' },
    ]);
  });

  test('the window is opened again where it was closed', async () => {
    const { app, window } = await started();
    window.emit('close');
    WindowDouble.all = [];
    app.emit('activate');
    expect(WindowDouble.all).toMatchObject([{ options: { x: 10, y: 20, width: 900, height: 700 } }]);
    expect(WindowDouble.all[0]?.calls).toContain('maximize');
  });

  test('everything is closed before the program ends', async () => {
    const { app, told, longhand } = await started();
    const quit = event();
    app.emit('will-quit', quit);
    expect(quit.preventDefault).toHaveBeenCalled();
    await vi.waitUntil(() => told.exit.length > 0);
    expect([longhand.app.closes, told.exit]).toEqual([1, [0]]);
  });

  test('a page that crashed can be shown again', async () => {
    const { window, told } = await started();
    window.webContents.emit('render-process-gone', event(), { reason: 'crashed' });
    await vi.waitUntil(() => window.calls.includes('reload'));
    expect(told.messages).toMatchObject([{ message: 'The window stopped working.' }]);
  });
});

describe('what lies in no file', () => {
  const send = (body: string) => ({ method: 'POST', body });

  test('is taken as bytes, and gets an id', async () => {
    const { fetch, longhand } = await started();
    const response = await fetch('longhand://app/upload?name=image.png', send('pasted'));
    expect(await response.json()).toEqual({ upload: 'upload 1' });
    expect(longhand.uploads).toEqual(['pasted']);
  });

  test('is refused with the sentence that says why', async () => {
    const { fetch } = await started();
    const response = await fetch('longhand://app/upload?name=image.png', send(''));
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ error: { code: 'bad-request', message: 'It is empty.' } });
    expect((await fetch('longhand://other/upload', send('x'))).status).toBe(404);
  });
});

describe('denials', () => {
  const elsewhere = [
    'https://example.org/',
    'file:///etc/passwd',
    'longhand://other/',
    'longhand://app/documents/x/file',
    'javascript:alert(1)',
    'data:text/html,x',
    'not an address',
  ];

  test.each(elsewhere)('a page never goes to %s', async (url) => {
    const { app, window } = await started();
    app.emit('web-contents-created', event(), window.webContents);
    for (const name of ['will-navigate', 'will-frame-navigate', 'will-redirect']) {
      const navigation = event({ url });
      window.webContents.emit(name, navigation);
      expect(navigation.preventDefault).toHaveBeenCalled();
    }
    expect(window.webContents.openHandler?.({ url })).toEqual({ action: 'deny' });
  });

  test('a page may be loaded again, and embeds nothing', async () => {
    const { app, window } = await started();
    app.emit('web-contents-created', event(), window.webContents);
    const [reload, attach] = [event({ url: 'longhand://app/#section' }), event()];
    window.webContents.emit('will-navigate', reload);
    window.webContents.emit('will-attach-webview', attach);
    expect(reload.preventDefault).not.toHaveBeenCalled();
    expect(attach.preventDefault).toHaveBeenCalled();
    expect(window.webContents.openHandler?.({ url: 'longhand://app/' })).toEqual({ action: 'deny' });
  });

  test.each([
    ['media', 'longhand://app/', false],
    ['geolocation', 'longhand://app/', false],
    ['clipboard-read', 'longhand://app/', false],
    ['openExternal', 'longhand://app/', false],
    ['clipboard-sanitized-write', 'longhand://app/', true],
    ['clipboard-sanitized-write', 'https://example.org/', false],
  ])('the permission %s for %s', async (permission, requestingUrl, allowed) => {
    const { session } = await started();
    const callback = vi.fn();
    session.permissionRequest?.(undefined, permission, callback, { requestingUrl });
    expect(callback.mock.calls).toEqual([[allowed]]);
    expect(session.permissionCheck?.(undefined, permission, requestingUrl)).toBe(allowed);
    expect(session.devices?.()).toBe(false);
  });

  test.each([
    ['longhand://app/', false],
    ['blob:longhand://app/1', false],
    ['https://example.org/', true],
    ['http://127.0.0.1:80/', true],
    ['wss://example.org/', true],
    ['file:///etc/passwd', true],
    ['chrome-extension://x/y', true],
  ])('a request to %s is cancelled: %s', async (url, cancel) => {
    const { session } = await started();
    const callback = vi.fn();
    session.beforeRequest?.({ url }, callback);
    expect(callback.mock.calls).toEqual([[{ cancel }]]);
  });

  test.each([
    ['https://example.org/x', true],
    ['longhand://app/documents/x/file', true],
    ['blob:https://example.org/x', true],
    ['blob:longhand://app/0a1b', false],
  ])('a download of %s is refused: %s', async (url, refused) => {
    const { session } = await started();
    const download = event();
    session.emit('will-download', download, { getURL: () => url });
    expect(download.preventDefault).toHaveBeenCalledTimes(refused ? 1 : 0);
  });
});

describe('the scheme', () => {
  test('gives the window and documents under the same policy', async () => {
    const { fetch } = await started();
    const page = await fetch('longhand://app/');
    expect(await page.text()).toBe('<title>Longhand</title>');
    expect(page.headers.get('content-security-policy')).toContain("default-src 'none'; script-src 'self'");
    const id = '0c7ad1b3-6a0b-4a3e-9d0f-3d7b7d7f1a11';
    const part = await fetch(`longhand://app/documents/${id}/file`, { headers: { Range: 'bytes=2-4' } });
    expect([part.status, await part.text()]).toEqual([206, '234']);
    expect((await fetch('longhand://app/nothing')).status).toBe(404);
    expect((await fetch('longhand://other/')).status).toBe(404);
  });
});

describe('messages', () => {
  test('go both ways with the page that is shown', async () => {
    const { electron, window, longhand } = await started();
    const { webContents: sender } = window;
    const own = { sender, senderFrame: sender.mainFrame };
    electron.ipcMain.emit(ipcChannelName, own, 'page-1', { type: 'request', id: 0 });
    const [page] = longhand.windowPages();
    expect(page).toMatchObject({ rights: { paths: true }, messages: [{ type: 'request', id: 0 }] });
    page?.channel.send('hello');
    expect(sender.sent).toEqual([[ipcChannelName, 'page-1', 'hello']]);
  });

  test('a page that is loaded again is another one', async () => {
    const { electron, window, longhand } = await started();
    const { webContents: sender } = window;
    const own = { sender, senderFrame: sender.mainFrame };
    electron.ipcMain.emit(ipcChannelName, own, 'page-1', 1);
    electron.ipcMain.emit(ipcChannelName, own, 'page-2', 2);
    const [first, second] = longhand.windowPages();
    expect([first?.closed, second?.closed, second?.messages]).toEqual([true, false, [2]]);
    first?.channel.send('late');
    expect(sender.sent).toEqual([]);
    sender.emit('render-process-gone', event(), { reason: 'clean-exit' });
    expect(second?.closed).toBe(true);
  });

  test.each([
    ['no frame', () => null],
    ['another frame of the page', () => ({ url: 'longhand://app/' })],
  ])('of %s are dropped', async (_what, frame) => {
    const { electron, window, longhand } = await started();
    electron.ipcMain.emit(ipcChannelName, { sender: window.webContents, senderFrame: frame() }, 'page', 1);
    expect(longhand.windowPages()).toEqual([]);
  });

  test.each([
    'https://example.org/',
    'longhand://other/',
    'file:///x',
    '',
  ])('of a page at "%s" are dropped', async (url) => {
    const { electron, window, longhand } = await started();
    window.webContents.mainFrame = { url };
    const senderFrame = window.webContents.mainFrame;
    electron.ipcMain.emit(ipcChannelName, { sender: window.webContents, senderFrame }, 'page', 1);
    expect(longhand.windowPages()).toEqual([]);
  });

  test('without a page id are dropped', async () => {
    const { electron, window, longhand } = await started();
    const senderFrame = window.webContents.mainFrame;
    electron.ipcMain.emit(ipcChannelName, { sender: window.webContents, senderFrame }, { page: 1 }, 1);
    expect(longhand.windowPages()).toEqual([]);
  });
});

test('nothing is written outside the data folder', async () => {
  const { window } = await started();
  window.emit('close');
  expect(existsSync(join(dataFolder, 'window.json'))).toBe(true);
});
