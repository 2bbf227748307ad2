/**
 * Everything a window reads by address: its own files and the stored documents. Both shells answer
 * with this, one over HTTP and one over its own scheme.
 */
import { type FileHandle, open, readdir } from 'node:fs/promises';
import { basename, extname, join, relative, sep } from 'node:path';
import type { Readable } from 'node:stream';
import { LonghandError } from '../../base/errors.ts';
import type { App } from '../ipc/app.ts';
import { parseRange } from './range.ts';
import { documentSecurityPolicy, securityHeaders } from './security.ts';

export interface ContentRequest {
  method: string;
  /** The path of the address, still percent-encoded. */
  path: string;
  range: string | undefined;
}

export interface Content {
  status: number;
  headers: Record<string, string>;
  /** To be read to its end or destroyed; undefined when there is nothing to send. */
  body: Readable | undefined;
}

interface Resource {
  file: string;
  mediaType: string;
  headers: Record<string, string>;
}

const mediaTypes: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.ico': 'image/x-icon',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json',
  '.map': 'application/json',
  '.mjs': 'text/javascript; charset=utf-8',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
  '.ttf': 'font/ttf',
  '.txt': 'text/plain; charset=utf-8',
  '.wasm': 'application/wasm',
  '.webp': 'image/webp',
  '.woff': 'font/woff',
  '.woff2': 'font/woff2',
};

const unknownMediaType = 'application/octet-stream';

/**
 * Makes the function that answers a window's reads. The window's files are listed once, now: a path
 * is looked up in that list and never joined to a folder, so none can lead out of it.
 */
export async function windowContent(
  rendererFolder: string,
  documentFile: App['documentFile'],
): Promise<(request: ContentRequest) => Promise<Content>> {
  const files = await rendererFiles(rendererFolder);

  return async ({ method, path, range }) => {
    if (method !== 'GET' && method !== 'HEAD')
      return { ...empty(405), headers: { ...securityHeaders, Allow: 'GET, HEAD' } };
    const resource = files.get(path) ?? documentResource(path, documentFile);
    return resource ? readResource(resource, range, method === 'HEAD') : empty(404);
  };
}

function empty(status: number): Content {
  return { status, headers: { ...securityHeaders, 'Content-Length': '0' }, body: undefined };
}

async function rendererFiles(folder: string): Promise<Map<string, Resource>> {
  const files = new Map<string, Resource>();
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  for (const entry of entries) {
    if (!entry.isFile()) continue;
    const file = join(entry.parentPath, entry.name);
    const path = `/${relative(folder, file).split(sep).map(encodeURIComponent).join('/')}`;
    // What the build puts in assets/ has a hash of its content in its name.
    const caching = path.startsWith('/assets/') ? 'private, max-age=31536000, immutable' : 'no-cache';
    const mediaType = mediaTypes[extname(entry.name).toLowerCase()] ?? unknownMediaType;
    files.set(path, { file, mediaType, headers: { 'Cache-Control': caching } });
  }
  const index = files.get('/index.html');
  if (!index)
    throw new LonghandError('not-found', `The window's files are not in ${folder}; build them with "npm run build".`);
  return files.set('/', index);
}

function documentResource(path: string, documentFile: App['documentFile']): Resource | undefined {
  const id = /^\/documents\/([0-9a-fA-F-]{36})\/file$/.exec(path)?.[1];
  const document = id === undefined ? undefined : documentFile(id);
  return (
    document && {
      file: document.path,
      mediaType: document.mediaType,
      headers: {
        'Cache-Control': 'no-store',
        'Content-Security-Policy': documentSecurityPolicy,
        'Content-Disposition': `attachment; filename*=UTF-8''${attributeValue(basename(document.path))}`,
      },
    }
  );
}

/** Percent-encodes for an extended header parameter (RFC 8187). */
function attributeValue(text: string): string {
  return encodeURIComponent(text).replace(/['()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`);
}

async function readResource(resource: Resource, rangeHeader: string | undefined, headOnly: boolean): Promise<Content> {
  const handle = await open(resource.file).catch(() => undefined);
  if (!handle) return empty(404);
  const content = await contentOf(handle, resource, rangeHeader, headOnly).catch(async (thrown) => {
    await handle.close();
    throw thrown;
  });
  // A stream closes the file when it ends or is destroyed.
  if (!content.body) await handle.close();
  return content;
}

async function contentOf(
  handle: FileHandle,
  resource: Resource,
  rangeHeader: string | undefined,
  headOnly: boolean,
): Promise<Content> {
  const { size } = await handle.stat();
  const range = parseRange(rangeHeader, size);
  if (range === 'unsatisfiable') {
    const { status, headers } = empty(416);
    return { status, headers: { ...headers, 'Content-Range': `bytes */${size}` }, body: undefined };
  }
  const { start, end } = range === 'whole' ? { start: 0, end: size - 1 } : range;
  const headers: Record<string, string> = {
    ...securityHeaders,
    'Content-Type': resource.mediaType,
    'Content-Length': String(end - start + 1),
    'Accept-Ranges': 'bytes',
    ...resource.headers,
  };
  if (range !== 'whole') headers['Content-Range'] = `bytes ${start}-${end}/${size}`;
  const body = headOnly || size === 0 ? undefined : handle.createReadStream({ start, end });
  return { status: range === 'whole' ? 200 : 206, headers, body };
}
