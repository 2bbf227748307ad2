/**
 * Packs the built product as the installers would, around a stand-in for Electron's program, and
 * looks at what came out: so the configuration is tested by what it does.
 */
import { execFile } from 'node:child_process';
import {
  closeSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { builtinModules } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import configuration from '../electron-builder.config.ts';
import { extensions } from '../main/ingest/containers/containers.ts';
import { formats } from '../main/ingest/formats/index.ts';

const root = resolve(import.meta.dirname, '..');
const execute = promisify(execFile);
const megabyte = 1e6;

/** Marks the fuses in Electron's program; the version and the number of fuses follow, then their states. */
const fuseSentinel = 'dL7pKGdnNz796PbbjQWNKmHXBZaB9tsX';
const fuseCount = 8;

const targets = [
  { platform: 'linux', arch: 'x64', library: 'libonnxruntime.so.1' },
  { platform: 'linux', arch: 'arm64', library: 'libonnxruntime.so.1' },
  { platform: 'darwin', arch: 'arm64', library: 'libonnxruntime.1.dylib' },
  { platform: 'win32', arch: 'x64', library: 'onnxruntime.dll' },
  { platform: 'win32', arch: 'arm64', library: 'onnxruntime.dll' },
];

interface PackedFile {
  size: number;
  /** Where its bytes begin in the archive; undefined for a file that lies beside it. */
  offset: number | undefined;
}

let temporary: string;
let resources: string;
let packed: Map<string, PackedFile>;

beforeAll(async () => {
  if (!existsSync(join(root, 'out', 'main', 'electron.js')))
    throw new Error('Nothing is built yet; run "npm run build" first.');
  temporary = mkdtempSync(join(tmpdir(), 'longhand-packaging-'));
  const electronDist = electronStandIn(join(temporary, 'electron'));
  const output = join(temporary, 'dist');
  const builder = join(root, 'node_modules', 'electron-builder', 'cli.js');
  const overrides = [`--config.electronDist=${electronDist}`, `--config.directories.output=${output}`];
  const target = ['--linux', 'dir', '--x64', '--publish', 'never'];
  await execute(process.execPath, [builder, '--config', 'electron-builder.config.ts', ...target, ...overrides], {
    cwd: root,
  });
  resources = join(output, 'linux-unpacked', 'resources');
  packed = readArchive(join(resources, 'app.asar'));
}, 180_000);

afterAll(() => rmSync(temporary, { recursive: true, force: true }));

/** The least that electron-builder takes for Electron. */
function electronStandIn(folder: string): string {
  mkdirSync(join(folder, 'resources'), { recursive: true });
  mkdirSync(join(folder, 'locales'));
  const fuses = Buffer.from([1, fuseCount, ...Buffer.from('0'.repeat(fuseCount))]);
  writeFileSync(join(folder, 'electron'), Buffer.concat([Buffer.from(fuseSentinel), fuses]), { mode: 0o755 });
  for (const name of ['LICENSE', 'LICENSES.chromium.html', 'version', 'locales/en-US.pak'])
    writeFileSync(join(folder, name), name);
  return folder;
}

const archiveEntry = z.object({ size: z.number(), offset: z.string().optional(), unpacked: z.boolean().optional() });

/** The files of an asar archive: a header of JSON behind four lengths, then their bytes. */
function readArchive(path: string): Map<string, PackedFile> {
  const lengths = bytesAt(path, 0, 16);
  const header: unknown = JSON.parse(bytesAt(path, 16, lengths.readUInt32LE(12)).toString('utf8'));
  const start = 8 + lengths.readUInt32LE(4);
  const files = new Map<string, PackedFile>();
  const walk = (folder: unknown, prefix: string): void => {
    const { files: entries } = z.object({ files: z.record(z.string(), z.unknown()) }).parse(folder);
    for (const [name, entry] of Object.entries(entries)) {
      const file = archiveEntry.safeParse(entry);
      if (!file.success) walk(entry, `${prefix}${name}/`);
      else {
        const { size, offset } = file.data;
        files.set(prefix + name, { size, offset: offset === undefined ? undefined : start + Number(offset) });
      }
    }
  };
  walk(header, '');
  return files;
}

function bytesAt(path: string, position: number, length: number): Buffer {
  const bytes = Buffer.alloc(length);
  const file = openSync(path, 'r');
  readSync(file, bytes, 0, length, position);
  closeSync(file);
  return bytes;
}

function packedBelow(...folders: string[]): string[] {
  return [...packed.keys()].filter((path) => folders.some((folder) => path.startsWith(folder)));
}

function filesIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((file) => file.isFile())
    .map((file) => relative(folder, join(file.parentPath, file.name)).split(sep).join('/'));
}

describe('the archive', () => {
  test('holds every program, the window, and what the law asks for', () => {
    expect([...packed.keys()]).toEqual(
      expect.arrayContaining([
        'package.json',
        'LICENSE',
        'THIRD-PARTY-NOTICES.md',
        'out/main/electron.js',
        'out/main/engine.js',
        'out/main/ingest.js',
        'out/main/perception.js',
        'out/preload/preload.cjs',
        'out/renderer/index.html',
      ]),
    );
    const { main } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { main: string };
    expect(packed.has(main)).toBe(true);
    const built = ['main', 'preload', 'renderer'].flatMap((part) =>
      filesIn(join(root, 'out', part)).map((file) => `out/${part}/${file}`),
    );
    expect(packedBelow('out/').sort()).toEqual(built.filter((file) => !file.endsWith('.map')).sort());
  });

  test('holds nothing else', () => {
    const top = new Set([...packed.keys()].map((path) => path.split('/')[0]));
    expect([...top].sort()).toEqual(['LICENSE', 'THIRD-PARTY-NOTICES.md', 'node_modules', 'out', 'package.json']);
    expect([...packed.keys()].filter((path) => /\.(map|ts|tsx|gguf|c|cc|cpp|h)$/.test(path))).toEqual([]);
    for (const name of ['electron', 'node-llama-cpp', '@napi-rs', 'vite', 'react', '@playwright', '.bin'])
      expect(packedBelow(`node_modules/${name}/`)).toEqual([]);
  });

  test('holds the binaries of the target alone, as files', () => {
    const binaries = [...packed].filter(([path]) => /\.(node|dll|dylib|exe)$|\.so(\.|$)/.test(path));
    expect(binaries.map(([path]) => path).sort()).toEqual([
      'node_modules/@photostructure/sqlite/prebuilds/linux-x64/@photostructure+sqlite.glibc.node',
      'node_modules/onnxruntime-node/bin/napi-v6/linux/x64/libonnxruntime.so.1',
      'node_modules/onnxruntime-node/bin/napi-v6/linux/x64/onnxruntime_binding.node',
    ]);
    for (const [path, { offset }] of binaries) {
      expect(offset).toBeUndefined();
      expect(existsSync(join(`${resources}/app.asar.unpacked`, path))).toBe(true);
    }
  });

  test('stays small', () => {
    const total = [...packed.values()].reduce((sum, { size }) => sum + size, 0);
    expect(total).toBeLessThan(80 * megabyte);
    const onnxruntime = packedBelow('node_modules/onnxruntime-node/').reduce(
      (sum, path) => sum + (packed.get(path)?.size ?? 0),
      0,
    );
    expect(total - onnxruntime).toBeLessThan(30 * megabyte);
  });

  test('holds every package that is imported', () => {
    const imported = packedBelow('out/main/').flatMap((path) => {
      const text = readFileSync(join(root, path), 'utf8');
      return [...text.matchAll(/(?:from|import|import\(|require\()\s*["']((?:@[\w.-]+\/)?[\w.-]+)[^"']*["']/g)].map(
        ([, name = '']) => name,
      );
    });
    const packages = new Set(
      imported.filter((name) => !builtinModules.includes(name) && !/^(node|electron|\.+)$/.test(name)),
    );
    expect(packages).toContain('zod');
    for (const name of packages) expect([name, packed.has(`node_modules/${name}/package.json`)]).toEqual([name, true]);
  });
});

describe('beside the archive', () => {
  test.each(['native-models/bundled', 'assets/samples'])('%s is complete', (folder) => {
    const files = filesIn(join(root, folder)).sort();
    expect(files.length).toBeGreaterThan(0);
    expect(filesIn(join(resources, folder)).sort()).toEqual(files);
  });

  test('the program takes no orders but its own', () => {
    const program = readFileSync(join(dirname(resources), 'longhand'));
    const fuses = program.indexOf(fuseSentinel) + fuseSentinel.length + 2;
    // Run as Node; encrypt cookies; NODE_OPTIONS; --inspect; check the archive; only from the archive; (snapshot); file: rights.
    expect(program.toString('latin1', fuses, fuses + fuseCount)).toBe('01001100');
  });
});

describe.runIf(process.platform === 'linux' && process.arch === 'x64')('what was packed', () => {
  /** The packed app where it can be run without Electron, which alone reads from inside an archive. */
  function unpack(): string {
    const archive = join(resources, 'app.asar');
    const app = join(temporary, 'resources', 'app.asar');
    for (const [path, { size, offset }] of packed) {
      mkdirSync(dirname(join(app, path)), { recursive: true });
      const bytes =
        offset === undefined ? readFileSync(join(`${archive}.unpacked`, path)) : bytesAt(archive, offset, size);
      writeFileSync(join(app, path), bytes);
    }
    for (const folder of ['native-models', 'assets'])
      symlinkSync(join(resources, folder), join(temporary, 'resources', folder));
    return app;
  }

  test('reads a document and runs the model', async () => {
    const command = join(unpack(), 'out', 'main', 'cli.js');
    const [sample = ''] = filesIn(join(resources, 'assets', 'samples')).filter((file) => file.endsWith('.pdf'));
    // Nothing but what was packed may be found.
    const env = { PATH: process.env.PATH, HOME: temporary };
    const run = async (...args: string[]): Promise<unknown> => {
      const options = ['--json', '--data-dir', join(temporary, 'data')];
      const { stdout } = await execute(process.execPath, [command, ...args, ...options], { env });
      return JSON.parse(stdout);
    };
    expect(await run('add', join(resources, 'assets', 'samples', sample))).toMatchObject({
      documents: [{ state: 'ready', kind: 'pdf', error: null }],
    });
    expect(await run('complete', 'The capital of France is', '--temperature', '0', '--max-tokens', '1')).toMatchObject({
      text: ' Paris',
    });
  }, 180_000);
});

describe('every target', () => {
  test.each(targets)('$platform $arch has its binaries', ({ platform, arch, library }) => {
    // What electron-builder fills in.
    const expand = (pattern: string): string => pattern.replace(/\$\{platform\}/, platform).replace(/\$\{arch\}/, arch);
    const folders = configuration.files
      .filter((pattern) => pattern.includes('$'))
      .map((pattern) => join(root, dirname(expand(pattern))));
    const files = folders.flatMap((folder) => readdirSync(folder));
    expect(files).toEqual(
      expect.arrayContaining([library, 'onnxruntime_binding.node', '@photostructure+sqlite.glibc.node']),
    );
  });

  test('every format that is read can be opened with Longhand, and nothing else', () => {
    const associated = configuration.fileAssociations.flatMap(({ ext }) => ext);
    expect(associated.filter((ending) => !extensions.includes(ending))).toEqual([]);
    // Source code and JSON belong to their editors.
    const documents = formats.filter(({ kind }) => kind !== 'code' && kind !== 'json');
    const without = documents.filter((format) => !format.extensions.some((ending) => associated.includes(ending)));
    expect(without.map(({ name }) => name)).toEqual([]);
  });

  test('every file that the configuration names is there', () => {
    const { mac, win, linux, extraResources } = configuration;
    const icons = [mac.icon, win.icon, linux.icon];
    for (const path of [mac.entitlements, ...icons, ...extraResources.map(({ from }) => from)])
      expect([path, existsSync(join(root, path))]).toEqual([path, true]);
  });
});
