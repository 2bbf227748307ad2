import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingHttpHeaders, type IncomingMessage, request } from 'node:http';
import { connect as connectSocket, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { WebSocket } from 'ws';
import { LonghandError } from '../../base/errors.ts';
import { type Channel, serve } from '../../base/rpc.ts';
import type { App, Rights } from '../ipc/app.ts';
import { contract } from '../ipc/contract.ts';
import { appFolders } from './folders.ts';
import { contentSecurityPolicy } from './security.ts';
import { runServed, type ServedWindow, serveWindow } from './served.ts';
import { parseLaunchOptions } from './shell.ts';

vi.mock('./folders.ts', { spy: true });

const documentId = '0c7ad1b3-6a0b-4a3e-9d0f-3d7b7d7f1a11';
const secret = 'nobody may read this';

/** An app that echoes messages, keeps one document, and takes uploads of up to 1 MiB. */
interface AppDouble extends App {
  rights: Rights[];
  closedChannels: number;
  uploads: { bytes: number; ended: 'whole' | 'aborted' | 'too-large' }[];
}

function appDouble(documentPath: string): AppDouble {
  const app: AppDouble = {
    rights: [],
    closedChannels: 0,
    uploads: [],
    serve(channel: Channel, rights: Rights) {
      app.rights.push(rights);
      channel.onMessage((message) => channel.send({ echo: message }));
      channel.onClose(() => {
        app.closedChannels++;
      });
    },
    documentFile: (id) =>
      id === documentId ? { path: documentPath, mediaType: 'application/pdf', byteSize: 10 } : undefined,
    async receiveUpload(bytes, signal) {
      const upload: AppDouble['uploads'][number] = { bytes: 0, ended: 'whole' };
      app.uploads.push(upload);
      try {
        for await (const chunk of bytes) {
          upload.bytes += chunk.length;
          if (upload.bytes > 2 ** 20) throw new LonghandError('too-large', 'The file is larger than 1 MiB.');
        }
      } catch (thrown) {
        upload.ended = thrown instanceof LonghandError ? 'too-large' : 'aborted';
        throw thrown;
      }
      return signal.aborted ? '' : documentId;
    },
    close: async () => undefined,
  };
  return app;
}

interface Answer {
  status: number;
  headers: IncomingHttpHeaders;
  body: string;
}

let temporary: string;
let app: AppDouble;
let served: ServedWindow;
let origin: string;
let cookie: string;

beforeEach(async () => {
  temporary = mkdtempSync(join(tmpdir(), 'longhand-served-'));
  const rendererFolder = join(temporary, 'renderer');
  mkdirSync(join(rendererFolder, 'assets'), { recursive: true });
  writeFileSync(join(rendererFolder, 'index.html'), '<title>Longhand</title>');
  writeFileSync(join(rendererFolder, 'assets', 'index-1a2b.js'), 'export {}');
  writeFileSync(join(temporary, 'secret.txt'), secret);
  writeFileSync(join(temporary, "a document's (copy).pdf"), '0123456789');
  app = appDouble(join(temporary, "a document's (copy).pdf"));
  served = await serveWindow(app, { rendererFolder, port: 0 });
  origin = `http://127.0.0.1:${served.port}`;
  cookie = `longhand-${served.port}=${new URL(served.address).searchParams.get('token')}`;
});

afterEach(async () => {
  await served.close();
  rmSync(temporary, { recursive: true });
});

/** One request as it is written here: nothing is normalized, only the given headers are sent, and all of the body. */
async function ask(path: string, headers: Record<string, string> = {}, method = 'GET', body?: string): Promise<Answer> {
  const sent = request({ host: '127.0.0.1', port: served.port, path, method, headers });
  const answered = once(sent, 'response');
  sent.end(body);
  const [[response]] = (await Promise.all([answered, once(sent, 'finish')])) as [[IncomingMessage], unknown];
  return { status: response.statusCode ?? 0, headers: response.headers, body: await text(response) };
}

function openSocket(headers: Record<string, string>, path = '/contract'): Promise<WebSocket> {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(`ws://127.0.0.1:${served.port}${path}`, { headers });
    socket.once('open', () => resolve(socket));
    socket.once('error', reject);
  });
}

function expectRefused(answer: Answer): void {
  expect(answer).toEqual({ status: 403, headers: { 'content-length': '0', connection: 'close' }, body: '' });
}

describe('letting in', () => {
  test('the printed address sets a cookie and leads to the window', async () => {
    expect(served.address).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/\?token=[\w-]{43}$/);
    const first = await ask(served.address.slice(origin.length), { 'Sec-Fetch-Site': 'none' });
    expect(first).toMatchObject({ status: 303, body: '', headers: { location: '/', 'cache-control': 'no-store' } });
    expect(first.headers['set-cookie']).toEqual([`${cookie}; Path=/; HttpOnly; SameSite=Strict`]);

    const page = await ask('/', { Cookie: `other=1; ${cookie}` });
    expect(page).toMatchObject({ status: 200, body: '<title>Longhand</title>' });
    expect(page.headers).toMatchObject({
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy': contentSecurityPolicy,
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
      'cross-origin-opener-policy': 'same-origin',
      'cross-origin-resource-policy': 'same-origin',
    });
  });

  test('the name localhost is the same machine', async () => {
    const Host = `localhost:${served.port}`;
    expect(await ask('/', { Host, Cookie: cookie, Origin: `http://${Host}` })).toMatchObject({ status: 200 });
    expectRefused(await ask('/', { Host, Cookie: cookie, Origin: origin }));
  });

  const wrong: [string, () => Record<string, string>][] = [
    ['no token', () => ({ Cookie: '' })],
    ['a wrong token', () => ({ Cookie: `${cookie.slice(0, -1)}-` })],
    ['a token of another port', () => ({ Cookie: cookie.replace(/^longhand-\d+/, 'longhand-1') })],
    ['the host of another site', () => ({ Host: 'example.org' })],
    ['a name that was rebound to this address', () => ({ Host: `example.org:${served.port}` })],
    ['another port', () => ({ Host: '127.0.0.1:1' })],
    ['the origin of another site', () => ({ Origin: 'https://example.org' })],
    ['the origin of a sandboxed page', () => ({ Origin: 'null' })],
    ['another scheme', () => ({ Origin: `https://127.0.0.1:${served.port}` })],
    ['a request from another site', () => ({ 'Sec-Fetch-Site': 'cross-site' })],
    ['a request from another port of this machine', () => ({ 'Sec-Fetch-Site': 'same-site' })],
  ];

  test.each(wrong)('%s is refused with an empty 403', async (_what, headers) => {
    const right = { Cookie: cookie, Origin: origin, 'Sec-Fetch-Site': 'same-origin' };
    expect(await ask('/', right)).toMatchObject({ status: 200 });
    const asked = { ...right, ...headers() };
    expectRefused(await ask('/', asked));
    expectRefused(await ask('/no-such-file', asked));
    expectRefused(await ask(`/documents/${documentId}/file`, asked));
    expectRefused(await ask('/upload?name=a.txt', asked, 'POST', 'text'));
    expect(app.uploads).toEqual([]);
    await expect(openSocket(asked)).rejects.toThrow('Unexpected server response: 403');
    expect(app.rights).toEqual([]);
  });

  test('a wrong token in the address is refused, even with the right cookie', async () => {
    expectRefused(await ask('/?token=wrong'));
    expectRefused(await ask('/?token=wrong', { Cookie: cookie }));
    expectRefused(await ask('/?token='));
  });

  test('the token in the address opens nothing but the window', async () => {
    const query = new URL(served.address).search;
    expectRefused(await ask(`/index.html${query}`));
    expectRefused(await ask(`/upload${query}&name=a.txt`, { Origin: origin }, 'POST', 'text'));
    await expect(openSocket({ Origin: origin }, `/contract${query}`)).rejects.toThrow('403');
  });

  test('an upload and a connection need an origin', async () => {
    expectRefused(await ask('/upload?name=a.txt', { Cookie: cookie }, 'POST', 'text'));
    await expect(openSocket({ Cookie: cookie })).rejects.toThrow('403');
  });

  test('two hosts in one request are refused', async () => {
    const answer = await raw(
      `GET / HTTP/1.1\r\nHost: 127.0.0.1:${served.port}\r\nHost: example.org\r\nCookie: ${cookie}\r\n\r\n`,
    );
    expect(answer).toMatch(/^HTTP\/1\.1 40[03] /);
    expect(answer).not.toContain('Longhand');
  });
});

describe('a code', () => {
  const code = 'c'.repeat(43);

  async function withCode(): Promise<void> {
    await served.close();
    served = await serveWindow(app, { rendererFolder: join(temporary, 'renderer'), port: 0, code });
    cookie = `longhand-${served.port}=${new URL(served.address).searchParams.get('token')}`;
  }

  test('lets in one browser, and leaves the printed address as it is', async () => {
    await withCode();
    expectRefused(await ask(`/?code=${'d'.repeat(43)}`));
    expectRefused(await ask(`/index.html?code=${code}`));
    const first = await ask(`/?code=${code}`, { 'Sec-Fetch-Site': 'none' });
    expect(first).toMatchObject({ status: 303, headers: { location: '/' } });
    expect(first.headers['set-cookie']).toEqual([`${cookie}; Path=/; HttpOnly; SameSite=Strict`]);
    expectRefused(await ask(`/?code=${code}`));
    expectRefused(await ask(`/?code=${code}`, { Cookie: cookie }));
    expect(await ask(new URL(served.address).search.replace(/^/, '/'))).toMatchObject({ status: 303 });
  });

  test('is of no use to another site, nor after a minute', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    onTestFinished(() => void vi.useRealTimers());
    await withCode();
    expectRefused(await ask(`/?code=${code}`, { 'Sec-Fetch-Site': 'cross-site' }));
    vi.setSystemTime(Date.now() + 60_001);
    expectRefused(await ask(`/?code=${code}`));
  });

  test('there is none where none was given', async () => {
    expectRefused(await ask('/?code='));
    expectRefused(await ask('/?code=undefined'));
    const options = { rendererFolder: join(temporary, 'renderer'), port: 0, code: '' };
    await expect(serveWindow(app, options)).rejects.toMatchObject({ code: 'bad-request' });
  });
});

describe('the program', () => {
  function program(files: string[] = []) {
    const added: unknown[] = [];
    let closes = 0;
    vi.mocked(appFolders).mockReturnValue({
      version: '1',
      renderer: join(temporary, 'renderer'),
      preload: '',
      processes: temporary,
      bundled: temporary,
      samples: temporary,
    });
    const add = ({ sources }: { sources: unknown[] }) => {
      added.push(...sources);
      return { documents: [], refused: [{ name: 'bad.exe', reason: 'It cannot be read.' }], folders: [] };
    };
    const createApp = async (): Promise<App> => ({
      ...app,
      serve(channel, rights) {
        app.rights.push(rights);
        serve(contract, { 'library.add': add } as never, channel);
      },
      close: async () => void closes++,
    });
    const stopping = new AbortController();
    const said = { out: '', err: '' };
    const ended = runServed(createApp, parseLaunchOptions(['--port', '0', ...files]), {
      signal: stopping.signal,
      out: (text) => {
        said.out += text;
      },
      err: (text) => {
        said.err += text;
      },
    });
    return { added, said, ended, stop: () => stopping.abort(), closes: () => closes };
  }

  test('adds the files that it was started with, and says which could not be', async () => {
    const { added, said, ended, stop, closes } = program(['paper.pdf', 'bad.exe']);
    await vi.waitUntil(() => said.err !== '');
    expect(added).toEqual(['paper.pdf', 'bad.exe'].map((name) => ({ kind: 'path', path: resolve(name) })));
    expect(app.rights).toEqual([{ paths: true }]);
    expect(said.err).toBe('bad.exe: It cannot be read.\n');
    expect(said.out).toMatch(/^Longhand is at http:\S+\n$/);
    stop();
    await ended;
    expect(closes()).toBe(1);
  });

  test('that is told to end before it has begun never listens', async () => {
    const { said, ended, stop, closes } = program();
    stop();
    await expect(ended).rejects.toMatchObject({ code: 'cancelled' });
    expect([said.out, closes()]).toEqual(['', 1]);
  });
});

describe('reading', () => {
  test('files are given with their media type, and only those that were built', async () => {
    const script = await ask('/assets/index-1a2b.js', { Cookie: cookie });
    expect(script).toMatchObject({
      status: 200,
      body: 'export {}',
      headers: {
        'content-type': 'text/javascript; charset=utf-8',
        'cache-control': 'private, max-age=31536000, immutable',
      },
    });
    expect(await ask('/assets', { Cookie: cookie })).toMatchObject({ status: 404, body: '' });
    expect(await ask('/', { Cookie: cookie, Origin: origin }, 'DELETE')).toMatchObject({ status: 405, body: '' });
    expect(await ask('/index.html', { Cookie: cookie }, 'HEAD')).toMatchObject({
      status: 200,
      body: '',
      headers: { 'content-length': '23' },
    });
  });

  test.each([
    '/../secret.txt',
    '/assets/../../secret.txt',
    '/assets/..%2f..%2fsecret.txt',
    '/%2e%2e/secret.txt',
    '/..%5csecret.txt',
    '/assets/..\\..\\secret.txt',
    '/documents/../../secret.txt/file',
    `/documents/${documentId}/../../../secret.txt`,
    '//127.0.0.1/secret.txt',
    'http://127.0.0.1/secret.txt',
    '/secret.txt%00.html',
    '*',
  ])('%s leads nowhere', async (path) => {
    const answer = await ask(path, { Cookie: cookie });
    expect([403, 404]).toContain(answer.status);
    expect(answer.body).toBe('');
  });

  test('a document is given whole or in part, never as a page of ours', async () => {
    const path = `/documents/${documentId}/file`;
    const whole = await ask(path, { Cookie: cookie });
    expect(whole).toMatchObject({ status: 200, body: '0123456789' });
    expect(whole.headers).toMatchObject({
      'content-type': 'application/pdf',
      'accept-ranges': 'bytes',
      'cache-control': 'no-store',
      'content-disposition': "attachment; filename*=UTF-8''a%20document%27s%20%28copy%29.pdf",
      'x-content-type-options': 'nosniff',
    });
    expect(whole.headers['content-security-policy']).toMatch(/default-src 'none'.*sandbox$/);

    const part = await ask(path, { Cookie: cookie, Range: 'bytes=2-4' });
    expect(part).toMatchObject({ status: 206, body: '234', headers: { 'content-range': 'bytes 2-4/10' } });
    const beyond = await ask(path, { Cookie: cookie, Range: 'bytes=10-' });
    expect(beyond).toMatchObject({ status: 416, body: '', headers: { 'content-range': 'bytes */10' } });
  });

  test('a document that is not there is a 404', async () => {
    expect(await ask('/documents/0c7ad1b3-6a0b-4a3e-9d0f-3d7b7d7f1a12/file', { Cookie: cookie })).toMatchObject({
      status: 404,
    });
    rmSync(join(temporary, "a document's (copy).pdf"));
    expect(await ask(`/documents/${documentId}/file`, { Cookie: cookie })).toMatchObject({ status: 404, body: '' });
  });
});

describe('uploading', () => {
  test('the bytes reach the app and its id comes back', async () => {
    const answer = await ask('/upload?name=a.txt', { Cookie: cookie, Origin: origin }, 'POST', 'text');
    expect(answer).toMatchObject({ status: 200, headers: { 'content-type': 'application/json' } });
    expect(JSON.parse(answer.body)).toEqual({ upload: documentId });
    expect(app.uploads).toEqual([{ bytes: 4, ended: 'whole' }]);
  });

  test('a file that is too large is refused with the reason', async () => {
    const body = 'x'.repeat(8 * 2 ** 20);
    const answer = await ask('/upload?name=a.txt', { Cookie: cookie, Origin: origin }, 'POST', body);
    expect(answer.status).toBe(413);
    expect(JSON.parse(answer.body)).toEqual({
      error: { code: 'too-large', message: 'The file is larger than 1 MiB.' },
    });
    expect(app.uploads).toMatchObject([{ ended: 'too-large' }]);
  });

  test.each([
    ['/upload', 'POST'],
    [`/upload?name=${'x'.repeat(501)}`, 'POST'],
    ['/upload?name=a.txt', 'PUT'],
    ['/upload?name=a.txt', 'GET'],
  ])('%s with %s is a bad request', async (path, method) => {
    expect(await ask(path, { Cookie: cookie, Origin: origin }, method)).toMatchObject({ status: 400 });
    expect(app.uploads).toEqual([]);
  });

  test('an upload that breaks off is told to the app', async () => {
    const inner = app.receiveUpload;
    const ended = new Promise((resolve) => {
      app.receiveUpload = (bytes, signal) => inner(bytes, signal).finally(() => resolve(undefined));
    });
    const socket = connectSocket(served.port, '127.0.0.1');
    socket.on('error', () => undefined);
    const headers = `Host: 127.0.0.1:${served.port}\r\nCookie: ${cookie}\r\nOrigin: ${origin}\r\nContent-Length: 100`;
    socket.write(`POST /upload?name=a.txt HTTP/1.1\r\n${headers}\r\n\r\nten bytes.`, () => socket.destroy());
    await ended;
    expect(app.uploads).toEqual([{ bytes: 10, ended: 'aborted' }]);
  });
});

describe('the contract', () => {
  test('messages go both ways, without the right to name paths', async () => {
    const socket = await openSocket({ Cookie: cookie, Origin: origin });
    socket.send('{"type":"request","id":1}');
    expect(await nextMessage(socket)).toEqual({ echo: { type: 'request', id: 1 } });
    expect(app.rights).toEqual([{ paths: false }]);
  });

  test.each([
    ['text that is not JSON', '{"type":', 1007],
    ['bytes', Buffer.from('{}'), 1003],
    ['a message above the bound', `"${'x'.repeat(16 * 2 ** 20)}"`, 1009],
  ])('%s ends the connection', async (_what, data, code) => {
    const socket = await openSocket({ Cookie: cookie, Origin: origin });
    const closed = new Promise<number>((resolve) => socket.once('close', resolve));
    socket.send(data);
    expect(await closed).toBe(code);
  });

  test('the app hears of a connection that ends', async () => {
    const socket = await openSocket({ Cookie: cookie, Origin: origin });
    socket.terminate();
    await vi.waitUntil(() => app.closedChannels === 1);
  });

  test('another path is refused', async () => {
    await expect(openSocket({ Cookie: cookie, Origin: origin }, '/')).rejects.toThrow('403');
  });
});

/** Writes bytes as they are and gives everything that comes back until the connection ends. */
function raw(bytes: string | Uint8Array): Promise<string> {
  return new Promise((resolve) => {
    const socket: Socket = connectSocket(served.port, '127.0.0.1');
    let answer = '';
    socket.on('data', (chunk) => {
      answer += chunk.toString('latin1');
    });
    socket.on('error', () => undefined);
    socket.on('close', () => resolve(answer));
    socket.end(bytes);
  });
}

test('no bytes whatever make it give anything away or fall over', async () => {
  const line = fc.oneof(
    fc.constantFrom(
      'Host: x',
      `Cookie: longhand=1`,
      'Transfer-Encoding: chunked',
      'Content-Length: -1',
      'Upgrade: websocket',
    ),
    fc.constantFrom('Connection: Upgrade', 'Expect: 100-continue', 'Expect: nonsense', 'Sec-WebSocket-Version: 13'),
    fc.string({ maxLength: 40 }),
  );
  const start = fc.tuple(
    fc.constantFrom('GET', 'POST', 'CONNECT', 'OPTIONS', 'TRACE', 'XYZZY', ''),
    fc.oneof(fc.webPath(), fc.string({ maxLength: 20 }), fc.constantFrom('/', '*', '/contract', 'http://x/')),
  );
  const requestText = fc
    .tuple(start, fc.array(line, { maxLength: 8 }))
    .map(([[method, path], lines]) => `${method} ${path} HTTP/1.1\r\n${lines.map((l) => `${l}\r\n`).join('')}\r\n`);
  await fc.assert(
    fc.asyncProperty(fc.oneof(requestText, fc.uint8Array({ maxLength: 200 })), async (bytes) => {
      const answer = await raw(bytes);
      expect(answer).toMatch(/^(HTTP\/1\.1 (403|400|431) [^\n]*\r\n(?!.*Longhand)|$)/s);
    }),
    { numRuns: 150 },
  );
  expect(await ask('/', { Cookie: cookie })).toMatchObject({ status: 200 });
  expect([app.uploads, app.rights]).toEqual([[], []]);
});

describe('listening', () => {
  test('a port that was asked for and is taken is an error', async () => {
    const rendererFolder = join(temporary, 'renderer');
    await expect(serveWindow(app, { rendererFolder, port: served.port })).rejects.toMatchObject({
      code: 'in-use',
      message: `Port ${served.port} is in use by another program; choose another one with --port.`,
    });
  });

  test('without a wish the usual port, or any free one', async () => {
    const rendererFolder = join(temporary, 'renderer');
    const [first, second] = [await serveWindow(app, { rendererFolder }), await serveWindow(app, { rendererFolder })];
    expect(second.port).not.toBe(first.port);
    await Promise.all([first.close(), second.close()]);
  });

  test('the token can be kept from one run to the next, unless it can be guessed', async () => {
    const options = { rendererFolder: join(temporary, 'renderer'), port: 0 };
    const token = 'a'.repeat(43);
    const again = await serveWindow(app, { ...options, token });
    expect(again.address).toBe(`http://127.0.0.1:${again.port}/?token=${token}`);
    await again.close();
    for (const weak of ['', 'a', `${'a'.repeat(42)};`])
      await expect(serveWindow(app, { ...options, token: weak })).rejects.toMatchObject({ code: 'bad-request' });
  });

  test('only this machine can connect', async () => {
    const other = createServer();
    // The same port on another address of this machine is free: nothing of ours listens there.
    await new Promise<void>((resolve, reject) => {
      other.once('error', reject);
      other.listen({ host: '127.0.0.2', port: served.port }, resolve);
    });
    await new Promise((resolve) => other.close(resolve));
  });

  test('a window that was not built is a clear error', async () => {
    await expect(serveWindow(app, { rendererFolder: join(temporary, 'nothing'), port: 0 })).rejects.toThrow(
      'build them with "npm run build"',
    );
  });
});

function nextMessage(socket: WebSocket): Promise<unknown> {
  return new Promise((resolve) => socket.once('message', (data) => resolve(JSON.parse(String(data)))));
}
