/** What Electron's pages and sessions are kept from: everything but showing the window's own address. */
import type { Session, WebContents } from 'electron';
import { originOf } from './electron-channel.ts';

export const scheme = 'longhand';
/** The one address that is ever shown. */
export const windowAddress = `${scheme}://app/`;
export const windowOrigin = originOf(windowAddress);

/** Copying an answer needs it; nothing needs anything else. */
const allowedPermissions: readonly string[] = ['clipboard-sanitized-write'];
/** Addresses that do not leave the machine. */
const localProtocols: readonly string[] = [`${scheme}:`, 'blob:', 'data:', 'devtools:'];

/** Keeps a page where it is: no other address, no new window, no embedded page. */
export function restrictContents(contents: WebContents): void {
  const stay = (event: { url: string; preventDefault(): void }): void => {
    if (!isWindowAddress(event.url)) event.preventDefault();
  };
  contents.on('will-navigate', stay);
  contents.on('will-frame-navigate', stay);
  contents.on('will-redirect', stay);
  contents.on('will-attach-webview', (event) => event.preventDefault());
  contents.setWindowOpenHandler(() => ({ action: 'deny' }));
}

function isWindowAddress(address: string): boolean {
  return originOf(address) === windowOrigin && new URL(address).pathname === '/';
}

/** Denies permissions, devices and downloads but of the page's own texts, and cancels every request that would leave the machine. */
export function restrictSession(session: Session): void {
  const allowed = (permission: string, address: string): boolean =>
    allowedPermissions.includes(permission) && originOf(address) === windowOrigin;
  session.setPermissionRequestHandler((_contents, permission, callback, details) =>
    callback(allowed(permission, details.requestingUrl)),
  );
  session.setPermissionCheckHandler((_contents, permission, origin) => allowed(permission, origin));
  session.setDevicePermissionHandler(() => false);
  // What the page itself wrote, such as a transcript, may be saved; nothing is fetched.
  session.on('will-download', (event, item) => {
    if (!item.getURL().startsWith(`blob:${windowOrigin}`)) event.preventDefault();
  });
  session.webRequest.onBeforeRequest(({ url }, callback) => {
    callback({ cancel: !localProtocols.includes(new URL(url).protocol) });
  });
}
