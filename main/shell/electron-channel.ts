/**
 * The contract over Electron's IPC, on one channel name. Each page that loads gives itself an id and
 * sends it along, so that an answer to a page that was reloaded never reaches the one after it.
 */
import type { WebContents, WebFrameMain } from 'electron';
import type { Channel } from '../../base/rpc.ts';

export const ipcChannelName = 'longhand';

/** What the main process needs of Electron's `ipcMain`. */
export interface IpcMain {
  on(name: string, listener: (event: IpcEvent, page: unknown, message: unknown) => void): unknown;
}

interface IpcEvent {
  sender: Pick<WebContents, 'id' | 'isDestroyed' | 'mainFrame' | 'on' | 'send'>;
  senderFrame: Pick<WebFrameMain, 'url'> | null;
}

interface Connection {
  page: string;
  deliver(message: unknown): void;
  close(): void;
}

/**
 * Calls `accept` with a channel for each page that speaks, and closes the channel when the page is
 * gone. Messages from anything but the main frame of a page of ours are dropped.
 */
export function acceptPages(ipcMain: IpcMain, origin: string, accept: (channel: Channel) => void): void {
  const connections = new Map<number, Connection>();

  function drop(id: number): void {
    connections.get(id)?.close();
    connections.delete(id);
  }

  function connectionOf(sender: IpcEvent['sender'], page: string): Connection {
    const existing = connections.get(sender.id);
    if (existing?.page === page) return existing;
    drop(sender.id);
    if (!existing) {
      sender.on('destroyed', () => drop(sender.id));
      sender.on('render-process-gone', () => drop(sender.id));
    }
    const [channel, connection] = pageChannel(sender, page);
    connections.set(sender.id, connection);
    accept(channel);
    return connection;
  }

  ipcMain.on(ipcChannelName, ({ sender, senderFrame }, page, message) => {
    const own = senderFrame !== null && senderFrame === sender.mainFrame && originOf(senderFrame.url) === origin;
    if (own && typeof page === 'string') connectionOf(sender, page).deliver(message);
  });
}

/** The scheme and host of an address, also where the scheme is not one of the web's. */
export function originOf(address: string): string {
  try {
    const { protocol, host } = new URL(address);
    return `${protocol}//${host}`;
  } catch {
    return '';
  }
}

function pageChannel(sender: IpcEvent['sender'], page: string): [Channel, Connection] {
  let messageListener: (message: unknown) => void = () => undefined;
  let closeListener: () => void = () => undefined;
  let open = true;
  const close = (): void => {
    if (!open) return;
    open = false;
    closeListener();
  };
  const channel: Channel = {
    send(message) {
      if (open && !sender.isDestroyed()) sender.send(ipcChannelName, page, message);
    },
    onMessage(listener) {
      messageListener = listener;
    },
    onClose(listener) {
      closeListener = listener;
    },
    close,
  };
  return [channel, { page, deliver: (message) => open && messageListener(message), close }];
}
