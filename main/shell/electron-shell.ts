/**
 * The Electron shell: one window, of one address, with no rights of its own. Electron comes as an
 * argument, so that everything here is tested without it.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import type { ReadableStream as NodeReadableStream } from 'node:stream/web';
import type * as Electron from 'electron';
import { z } from 'zod';
import { errorData, LonghandError } from '../../base/errors.ts';
import type { Client } from '../../base/rpc.ts';
import type { App } from '../ipc/app.ts';
import type { AppContract } from '../ipc/contract.ts';
import { windowContent } from './content.ts';
import { acceptPages } from './electron-channel.ts';
import { forkWithElectron } from './electron-fork.ts';
import { menuTemplate } from './electron-menu.ts';
import { restrictContents, restrictSession, scheme, windowAddress, windowOrigin } from './electron-security.ts';
import { type AppFolders, appFolders } from './folders.ts';
import { securityHeaders } from './security.ts';
import { addFiles, type CreateApp, type LaunchOptions, ownClient, parseLaunchOptions, startApp } from './shell.ts';
import { minimumSize, readWindowState, windowBounds, writeWindowState } from './window-state.ts';

export type ElectronApi = Pick<
  typeof Electron,
  'app' | 'BrowserWindow' | 'dialog' | 'ipcMain' | 'Menu' | 'protocol' | 'screen' | 'session' | 'utilityProcess'
>;

/** What one start hands to the one that is already running. */
const handover = z.object({ files: z.array(z.string().min(1).max(4096)).max(1000) });

/**
 * Runs the Electron shell. A start that fails is shown with its sentence and ends the program; a
 * second start hands its files to the first and ends.
 */
export async function runElectron(electron: ElectronApi, createApp: CreateApp, args: string[]): Promise<void> {
  const { app, dialog } = electron;
  try {
    const launch = parseLaunchOptions(args, { lenient: true });
    app.setPath('userData', browserFolder(launch.dataFolder));
    if (!app.requestSingleInstanceLock({ files: launch.files } satisfies z.input<typeof handover>)) return app.exit(0);
    await start(electron, createApp, launch);
  } catch (thrown) {
    dialog.showErrorBox('Longhand could not start', errorData(thrown).message);
    app.exit(1);
  }
}

/** The folder of Chromium's own files, inside the data folder, which it may have to make. */
function browserFolder(dataFolder: string): string {
  const folder = join(dataFolder, 'browser');
  try {
    mkdirSync(folder, { recursive: true });
  } catch (thrown) {
    throw new LonghandError('disk', `The data folder ${dataFolder} cannot be written: ${(thrown as Error).message}.`);
  }
  return folder;
}

async function start(electron: ElectronApi, createApp: CreateApp, launch: LaunchOptions): Promise<void> {
  const { app, protocol, session } = electron;
  // A file can be opened with Longhand before there is anything to open it with.
  let add = (paths: string[]): void => void launch.files.push(...paths);
  let focus = (): void => undefined;
  app.on('open-file', (event, path) => {
    event.preventDefault();
    add([path]);
  });
  app.on('second-instance', (_event, _args, _folder, data) => {
    focus();
    add(handover.safeParse(data).data?.files ?? []);
  });
  app.on('web-contents-created', (_event, contents) => restrictContents(contents));
  app.enableSandbox();
  protocol.registerSchemesAsPrivileged([
    { scheme, privileges: { standard: true, secure: true, supportFetchAPI: true, stream: true } },
  ]);
  await app.whenReady();
  restrictSession(session.defaultSession);

  const folders = appFolders();
  const longhand = await startApp('electron', createApp, forkWithElectron(electron.utilityProcess), folders, launch);
  closeBeforeQuit(app, () => longhand.close());
  const content = await windowContent(folders.renderer, (id) => longhand.documentFile(id));
  protocol.handle(scheme, (request) => answer(request, content, longhand));
  // The paths that a window names come from files that the person dropped or chose.
  acceptPages(electron.ipcMain, windowOrigin, (channel) => longhand.serve(channel, { paths: true }));

  const client = ownClient(longhand);
  const open = (): void => openWindow(electron, folders, launch.dataFolder);
  add = (paths) => void addDocuments(electron, client, paths);
  const menu = {
    platform: process.platform,
    developer: !app.isPackaged,
    onAdd: () => void chooseDocuments(electron, add),
  };
  electron.Menu.setApplicationMenu(electron.Menu.buildFromTemplate(menuTemplate(menu)));
  focus = () => focusWindow(electron, open);
  app.on('activate', focus);
  app.on('window-all-closed', () => {
    // On a Mac an app stays until it is told to quit.
    if (process.platform !== 'darwin') app.quit();
  });
  open();
  add(launch.files);
}

function closeBeforeQuit(app: Electron.App, close: () => Promise<void>): void {
  app.once('will-quit', (event) => {
    event.preventDefault();
    close().then(
      () => app.exit(0),
      () => app.exit(1),
    );
  });
}

async function answer(
  request: Request,
  content: Awaited<ReturnType<typeof windowContent>>,
  longhand: App,
): Promise<Response> {
  const url = new URL(request.url);
  if (url.host !== 'app') return new Response(null, { status: 404 });
  if (url.pathname === '/upload' && request.method === 'POST') return receive(request, longhand);
  const range = request.headers.get('range') ?? undefined;
  const { status, headers, body } = await content({ method: request.method, path: url.pathname, range });
  return new Response(body ? (Readable.toWeb(body) as ReadableStream) : null, { status, headers });
}

/** Takes what lies in no file, such as a picture of the clipboard, and answers with its id. */
async function receive(request: Request, longhand: App): Promise<Response> {
  try {
    const bytes = request.body ? Readable.fromWeb(request.body as NodeReadableStream) : Readable.from([]);
    const upload = await longhand.receiveUpload(bytes, request.signal);
    return Response.json({ upload }, { headers: securityHeaders });
  } catch (thrown) {
    return Response.json({ error: errorData(thrown) }, { status: 400, headers: securityHeaders });
  }
}

function openWindow({ BrowserWindow, dialog, screen }: ElectronApi, folders: AppFolders, dataFolder: string): void {
  const statePath = join(dataFolder, 'window.json');
  const state = readWindowState(statePath);
  const workAreas = screen.getAllDisplays().map(({ workArea }) => workArea);
  const window = new BrowserWindow({
    ...windowBounds(state, workAreas),
    minWidth: minimumSize.width,
    minHeight: minimumSize.height,
    show: false,
    title: 'Longhand',
    webPreferences: {
      preload: folders.preload,
      sandbox: true,
      contextIsolation: true,
      nodeIntegration: false,
      nodeIntegrationInSubFrames: false,
      nodeIntegrationInWorker: false,
      webSecurity: true,
      allowRunningInsecureContent: false,
      webviewTag: false,
      // Its dictionaries would be downloaded.
      spellcheck: false,
    },
  });
  if (state?.maximized) window.maximize();
  window.once('ready-to-show', () => window.show());
  window.on('close', () => {
    try {
      writeWindowState(statePath, { ...window.getNormalBounds(), maximized: window.isMaximized() });
    } catch {
      // A full disk must not keep a window open; it opens in the usual place next time.
    }
  });
  window.webContents.on('render-process-gone', (_event, { reason }) => {
    if (reason !== 'clean-exit') void offerReload(dialog, window, reason);
  });
  void window.loadURL(windowAddress);
}

async function offerReload(dialog: Electron.Dialog, window: Electron.BrowserWindow, reason: string): Promise<void> {
  const { response } = await dialog.showMessageBox(window, {
    type: 'error',
    message: 'The window stopped working.',
    detail: `Nothing that was stored is lost (${reason}).`,
    buttons: ['Show it again', 'Close it'],
    cancelId: 1,
  });
  if (window.isDestroyed()) return;
  if (response === 0) window.reload();
  else window.destroy();
}

function focusWindow({ BrowserWindow }: ElectronApi, open: () => void): void {
  const [window] = BrowserWindow.getAllWindows();
  if (window?.isMinimized()) window.restore();
  if (window) window.focus();
  else open();
}

async function chooseDocuments({ dialog }: ElectronApi, add: (paths: string[]) => void): Promise<void> {
  const { filePaths } = await dialog.showOpenDialog({ properties: ['openFile', 'multiSelections'] });
  add(filePaths);
}

/** Adds files that were opened with Longhand, and says which could not be. */
async function addDocuments({ dialog }: ElectronApi, client: Client<AppContract>, paths: string[]): Promise<void> {
  try {
    const reasons = await addFiles(client, paths);
    if (reasons.length > 0) await tell(dialog, 'Some documents could not be added.', reasons.join('\n'));
  } catch (thrown) {
    await tell(dialog, 'The documents could not be added.', errorData(thrown).message);
  }
}

async function tell(dialog: Electron.Dialog, message: string, detail: string): Promise<void> {
  await dialog.showMessageBox({ type: 'warning', message, detail });
}
