/**
 * The shell without Electron: the window is a page of an ordinary browser on this machine. It is
 * reached over the loopback interface alone, and only by who holds the random token that the address
 * printed at start carries; a request with a wrong token, Host or Origin gets an empty 403.
 */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { type WebSocket, WebSocketServer } from 'ws';
import { type ErrorCode, errorData, LonghandError, throwIfCancelled } from '../../base/errors.ts';
import type { Channel } from '../../base/rpc.ts';
import { forkWithNode } from '../../base/utility-process.ts';
import type { App } from '../ipc/app.ts';
import { type Content, windowContent } from './content.ts';
import { appFolders } from './folders.ts';
import { securityHeaders } from './security.ts';
import { addFiles, type CreateApp, type LaunchOptions, ownClient, startApp } from './shell.ts';
import type { Terminal } from './terminal.ts';

/** The port when none is asked for; any free one is taken where it is in use. */
export const defaultPort = 4738;

const host = '127.0.0.1';
const tokenBytes = 32;
const tokenForm = /^[\w-]{43,200}$/;
const maximumMessageBytes = 16 * 2 ** 20;
/** A page that reads this much slower than it is told things is gone, or stuck. */
const maximumUnsentBytes = 64 * 2 ** 20;
const maximumConnections = 256;
const headersTimeoutMs = 15_000;
const idleTimeoutMs = 120_000;
/** So long a browser may take to open: the code that lets it in is seen by every user of the machine. */
const codeLifetimeMs = 60_000;

/** Status of an answer that carries an error; every other code is a 500. */
const statusOfError: Partial<Record<ErrorCode, number>> = {
  'bad-request': 400,
  'bad-file': 400,
  forbidden: 403,
  'not-found': 404,
  'too-large': 413,
  unsupported: 415,
  disk: 507,
};

export interface ServeOptions {
  rendererFolder: string;
  /** 0 takes any free port; undefined prefers `defaultPort`. */
  port?: number | undefined;
  /** A new random one where none is given. */
  token?: string | undefined;
  /** Lets in one browser, once and soon, as `/?code=…`: for an address that others may see. */
  code?: string | undefined;
}

export interface ServedWindow {
  /** What to open in a browser: it carries the token. */
  address: string;
  port: number;
  close(): Promise<void>;
}

/**
 * Runs the served shell until the terminal tells it to end; prints the address once it can be opened, and
 * adds the files that were named. `LONGHAND_TOKEN` keeps the address the same from one run to the next;
 * `LONGHAND_CODE` is a code as in `ServeOptions`. Throws `cancelled` when it is told to end before it has begun.
 */
export async function runServed(createApp: CreateApp, launch: LaunchOptions, terminal: Terminal): Promise<void> {
  const { signal } = terminal;
  const folders = appFolders();
  const app = await startApp('served', createApp, forkWithNode, folders, launch);
  try {
    throwIfCancelled(signal);
    const { LONGHAND_TOKEN: token, LONGHAND_CODE: code } = process.env;
    const served = await serveWindow(app, { rendererFolder: folders.renderer, port: launch.port, token, code });
    terminal.out(`Longhand is at ${served.address}\n`);
    void addNamed(app, launch.files, terminal);
    await aborted(signal);
    await served.close();
  } finally {
    await app.close();
  }
}

/** Adds the files of the command line, and prints which could not be. */
async function addNamed(app: App, files: string[], { signal, err }: Terminal): Promise<void> {
  try {
    for (const line of await addFiles(ownClient(app), files)) err(`${line}\n`);
  } catch (thrown) {
    // What is not added because everything ends is nobody's mistake.
    if (!signal.aborted) err(`${errorData(thrown).message}\n`);
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}

/**
 * Serves the window and the contract on 127.0.0.1 until closed.
 * Throws `in-use` when the chosen port is taken and `not-found` when the window was not built.
 */
export async function serveWindow(app: App, options: ServeOptions): Promise<ServedWindow> {
  const token = options.token ?? randomBytes(tokenBytes).toString('base64url');
  const { code } = options;
  if (!tokenForm.test(token) || (code !== undefined && !tokenForm.test(code)))
    throw new LonghandError(
      'bad-request',
      'A token or code is 43 or more letters, digits, "-" and "_": 256 random bits.',
    );
  const content = await windowContent(options.rendererFolder, (id) => app.documentFile(id));
  const server = createServer({ headersTimeout: headersTimeoutMs, requestTimeout: 0 });
  const sockets = new WebSocketServer({ noServer: true, maxPayload: maximumMessageBytes, perMessageDeflate: false });
  server.maxConnections = maximumConnections;
  server.setTimeout(idleTimeoutMs);
  const port = await listen(server, options.port);
  const gate = gatekeeper(token, code, port);

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = gate.admit(request);
    if (!url) return refuse(response);
    const { searchParams } = url;
    if (url.pathname === '/' && (searchParams.has('token') || searchParams.has('code')))
      return redirectWithCookie(response, gate.cookie);
    if (url.pathname === '/upload') return receive(app, request, response, searchParams.get('name') ?? '');
    const { method = '', headers } = request;
    await send(response, await content({ method, path: url.pathname, range: headers.range }));
  }

  function onRequest(request: IncomingMessage, response: ServerResponse): void {
    answer(request, response).catch(() => response.destroy());
  }

  server.on('request', onRequest);
  server.on('checkContinue', (request: IncomingMessage, response: ServerResponse) => {
    if (gate.admit(request)) response.writeContinue();
    onRequest(request, response);
  });
  server.on('checkExpectation', (_request: IncomingMessage, response: ServerResponse) => refuse(response));
  server.on('clientError', (_error: Error, socket: Duplex) => {
    socket.end('HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 0\r\n\r\n', () => socket.destroy());
  });
  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    socket.on('error', () => socket.destroy());
    if (gate.admit(request)?.pathname !== '/contract') {
      socket.end('HTTP/1.1 403 Forbidden\r\nConnection: close\r\nContent-Length: 0\r\n\r\n', () => socket.destroy());
      return;
    }
    // A page in a browser never knows where a file lies, so nothing that it names can be a path.
    sockets.handleUpgrade(request, socket, head, (opened) => app.serve(webSocketChannel(opened), { paths: false }));
  });

  return {
    address: `http://${host}:${port}/?token=${token}`,
    port,
    async close() {
      for (const socket of sockets.clients) socket.terminate();
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeAllConnections();
      await closed;
    },
  };
}

/** Binds the server to the loopback interface and gives its port. */
async function listen(server: Server, asked: number | undefined): Promise<number> {
  const bind = (port: number): Promise<number> =>
    new Promise((resolve, reject) => {
      server.once('error', reject);
      server.listen({ host, port }, () => {
        server.off('error', reject);
        resolve((server.address() as AddressInfo).port);
      });
    });
  try {
    return await bind(asked ?? defaultPort);
  } catch (thrown) {
    const code = (thrown as NodeJS.ErrnoException).code;
    if (asked === undefined) return bind(0);
    if (code === 'EADDRINUSE')
      throw new LonghandError('in-use', `Port ${asked} is in use by another program; choose another one with --port.`);
    throw new LonghandError('forbidden', `Port ${asked} cannot be used (${code}); choose another one with --port.`);
  }
}

interface Gatekeeper {
  /** The cookie that lets a browser in from now on, as `Set-Cookie` takes it. */
  cookie: string;
  /** The address of a request that may be answered; undefined for every other. A code that comes with it is used up. */
  admit(request: IncomingMessage): URL | undefined;
}

/**
 * Decides which requests are answered. `Host` must be exactly ours, which a rebound domain name is
 * not; `Origin` and `Sec-Fetch-Site`, which a browser sets and a page cannot, must not be another
 * site's; the token must come with the request: in the cookie, or once in the address, which sets it
 * (there a code does as well, the first time that it comes).
 * The cookie's name carries the port, because browsers do not tell ports apart.
 */
function gatekeeper(token: string, code: string | undefined, port: number): Gatekeeper {
  const name = `longhand-${port}`;
  const hosts = [`${host}:${port}`, `localhost:${port}`];

  const codeUntil = Date.now() + codeLifetimeMs;
  let unusedCode = code;

  function isToken(candidate: string): boolean {
    return isSame(candidate, token);
  }

  function spendCode(candidate: string): boolean {
    if (unusedCode === undefined || Date.now() > codeUntil || !isSame(candidate, unusedCode)) return false;
    unusedCode = undefined;
    return true;
  }

  return {
    cookie: `${name}=${token}; Path=/; HttpOnly; SameSite=Strict`,
    admit(request) {
      const { host: hostValues, origin: origins } = request.headersDistinct;
      const [asked, ...otherHosts] = hostValues ?? [];
      if (asked === undefined || otherHosts.length > 0 || !hosts.includes(asked)) return undefined;

      const sameOrigin = origins?.length === 1 && origins[0] === `http://${asked}`;
      const read = (request.method === 'GET' || request.method === 'HEAD') && request.headers.upgrade === undefined;
      if (!sameOrigin && !(read && origins === undefined)) return undefined;
      if (!['same-origin', 'none', undefined].includes(request.headersDistinct['sec-fetch-site']?.join()))
        return undefined;

      const url = requestUrl(request.url, asked);
      if (!url) return undefined;
      const inQuery = read && url.pathname === '/' ? url.searchParams : new URLSearchParams();
      const inAddress = inQuery.get('token');
      const asCode = inQuery.get('code');
      if (asCode !== null && inAddress === null) return spendCode(asCode) ? url : undefined;
      return isToken(inAddress ?? cookieValue(request.headers.cookie, name)) ? url : undefined;
    },
  };
}

/** Compares secrets in the same time, whatever they are. */
function isSame(one: string, other: string): boolean {
  return timingSafeEqual(digest(one), digest(other));
}

/** Strings of any length become equally long before they are compared. */
function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

function requestUrl(target: string | undefined, asked: string): URL | undefined {
  if (!target?.startsWith('/') || target.startsWith('//')) return undefined;
  try {
    return new URL(target, `http://${asked}`);
  } catch {
    return undefined;
  }
}

function cookieValue(header: string | undefined, name: string): string {
  const prefix = `${name}=`;
  const pair = (header ?? '').split(';').find((part) => part.trimStart().startsWith(prefix));
  return pair?.trim().slice(prefix.length) ?? '';
}

function refuse(response: ServerResponse): void {
  response.sendDate = false;
  response.writeHead(403, { 'Content-Length': '0', Connection: 'close' }).end();
}

function redirectWithCookie(response: ServerResponse, cookie: string): void {
  const headers = { ...securityHeaders, 'Set-Cookie': cookie, 'Cache-Control': 'no-store', 'Content-Length': '0' };
  response.writeHead(303, { ...headers, Location: '/' }).end();
}

async function send(response: ServerResponse, { status, headers, body }: Content): Promise<void> {
  response.writeHead(status, headers);
  if (body) await pipeline(body, response);
  else response.end();
}

/** Streams an upload to the app, as fast as it takes it, and answers with its id. */
async function receive(app: App, request: IncomingMessage, response: ServerResponse, name: string): Promise<void> {
  const gone = new AbortController();
  response.once('close', () => gone.abort());
  try {
    if (request.method !== 'POST') throw new LonghandError('bad-request', 'A file is sent with POST.');
    if (name.length < 1 || name.length > 500)
      throw new LonghandError('bad-request', 'A file is sent with a name of 1 to 500 characters.');
    // The connection must outlive the reading of its bytes, or a refusal could not be told.
    const bytes: AsyncIterable<Uint8Array> = request.iterator({ destroyOnReturn: false });
    sendJson(response, 200, { upload: await app.receiveUpload(bytes, gone.signal) });
  } catch (thrown) {
    const error = errorData(thrown);
    sendJson(response, statusOfError[error.code] ?? 500, { error });
    request.resume(); // A browser reads the answer once it has sent everything.
  }
}

function sendJson(response: ServerResponse, status: number, value: unknown): void {
  const body = JSON.stringify(value);
  const headers = { ...securityHeaders, 'Content-Type': 'application/json', 'Cache-Control': 'no-store' };
  response.writeHead(status, { ...headers, 'Content-Length': String(Buffer.byteLength(body)) }).end(body);
}

/** The contract's messages as JSON texts on a WebSocket. What is not a JSON text ends the connection. */
function webSocketChannel(socket: WebSocket): Channel {
  const refusedData = 1003;
  const refusedText = 1007;
  // The connection ends itself after an error; it must only not be thrown.
  socket.on('error', () => undefined);
  return {
    send(message) {
      if (socket.readyState !== socket.OPEN) return;
      if (socket.bufferedAmount > maximumUnsentBytes) socket.terminate();
      else socket.send(JSON.stringify(message));
    },
    onMessage(listener) {
      socket.on('message', (data, isBinary) => {
        if (isBinary) return socket.close(refusedData, 'Messages are JSON texts.');
        let message: unknown;
        try {
          message = JSON.parse(String(data));
        } catch {
          return socket.close(refusedText, 'The message is not JSON.');
        }
        listener(message);
      });
    },
    onClose: (listener) => void socket.on('close', listener),
    close: () => socket.close(),
  };
}
