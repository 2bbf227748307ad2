/**
 * What surrounds the window: Electron's preload puts `longhand` on it, the served shell does not.
 * This is the one place that knows the difference.
 */
import { LonghandError } from '../../base/errors.ts';
import type { Channel } from '../../base/rpc.ts';
import type { Source } from '../../main/ipc/contract.ts';

/** A file, as main knows it. */
export type FileSource = Extract<Source, { kind: 'path' | 'upload' }>;

/** What the preload script of the Electron shell exposes. */
export interface LonghandBridge {
  channel: {
    send(message: unknown): void;
    onMessage(listener: (message: unknown) => void): void;
  };
  /** The path of a file or folder that the person dropped or chose. */
  pathForFile(file: File): string;
  platform: string;
}

declare global {
  interface Window {
    longhand?: LonghandBridge;
  }
}

export interface SourceOptions {
  signal: AbortSignal;
  /** Called with the fraction that has been sent, 0 to 1. */
  onProgress(fraction: number): void;
}

export interface Host {
  /** Opens the channel to main. */
  open(): Promise<Channel>;
  /** Makes a file known to main: by its path, or by sending its bytes. */
  sourceOf(file: File, options: SourceOptions): Promise<FileSource>;
  /** True when a dropped folder can be named by its path, so that its files need not be walked here. */
  takesFolders: boolean;
}

/** The host of this window. */
export function findHost(): Host {
  return window.longhand ? electronHost(window.longhand) : servedHost(window.location);
}

function electronHost(bridge: LonghandBridge): Host {
  return {
    takesFolders: true,
    open: async () => ({
      send: (message) => bridge.channel.send(message),
      onMessage: (listener) => bridge.channel.onMessage(listener),
      // The channel lives as long as the window does.
      onClose: () => undefined,
      close: () => undefined,
    }),
    async sourceOf(file, options) {
      const path = bridge.pathForFile(file);
      // What was pasted lies in no file.
      return path === '' ? uploaded(file.name, await file.arrayBuffer(), options) : { kind: 'path', path };
    },
  };
}

function servedHost({ protocol, host }: Location): Host {
  return {
    takesFolders: false,
    async open() {
      try {
        return await openSocket(`${protocol === 'https:' ? 'wss' : 'ws'}://${host}/contract`);
      } catch (thrown) {
        // A socket does not say why it did not open: Longhand may be gone, or run anew with another address.
        const { status } = await fetch('/', { method: 'HEAD', redirect: 'manual' });
        if (status === 403) throw new LonghandError('forbidden', 'Longhand no longer lets this window in.');
        throw thrown;
      }
    },
    sourceOf: (file, options) => uploaded(file.name, file, options),
  };
}

/** A channel over a WebSocket; rejects when it does not open. */
function openSocket(url: string): Promise<Channel> {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(url);
    socket.onerror = () => reject(new Error('The connection could not be opened.'));
    socket.onopen = () =>
      resolve({
        send(message) {
          if (socket.readyState === WebSocket.OPEN) socket.send(JSON.stringify(message));
        },
        onMessage(listener) {
          socket.onmessage = ({ data }) => listener(JSON.parse(String(data)));
        },
        onClose(listener) {
          socket.onclose = listener;
        },
        close: () => socket.close(),
      });
  });
}

async function uploaded(name: string, content: File | ArrayBuffer, options: SourceOptions): Promise<FileSource> {
  return { kind: 'upload', upload: await upload(name, content, options), name };
}

/** Sends a file to `/upload`; XMLHttpRequest, because `fetch` does not report what it has sent. */
function upload(name: string, content: File | ArrayBuffer, { signal, onProgress }: SourceOptions): Promise<string> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    const abort = (): void => request.abort();
    request.open('POST', `/upload?name=${encodeURIComponent(name)}`);
    request.responseType = 'json';
    request.upload.onprogress = ({ loaded, total }) => onProgress(total > 0 ? loaded / total : 1);
    request.onload = () => {
      const id: unknown = request.response?.upload;
      if (request.status >= 200 && request.status < 300 && typeof id === 'string') resolve(id);
      else reject(new Error(uploadRefusal(request)));
    };
    request.onerror = () => reject(new Error(`"${name}" could not be sent: the connection was lost.`));
    request.onabort = () => reject(new DOMException('Stopped.', 'AbortError'));
    request.onloadend = () => signal.removeEventListener('abort', abort);
    signal.addEventListener('abort', abort, { once: true });
    request.send(content);
  });
}

function uploadRefusal({ response, status }: XMLHttpRequest): string {
  const message: unknown = response?.message ?? response?.error?.message;
  return typeof message === 'string' ? message : `The file was refused (status ${status}).`;
}
