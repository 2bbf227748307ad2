import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';

const cruiser = resolve('node_modules/dependency-cruiser/bin/dependency-cruise.mjs');
const rules = resolve('.dependency-cruiser.cjs');

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'longhand-layers-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const package_ = (name: string) => ({
  [`node_modules/${name}/package.json`]: JSON.stringify({ name, main: 'index.js' }),
  [`node_modules/${name}/index.js`]: 'export const value = 1;',
});

/** A tiny product that keeps every rule. */
const sound: Record<string, string> = {
  'package.json': '{"type":"module"}',
  'tsconfig.json': '{"compilerOptions":{"allowImportingTsExtensions":true,"noEmit":true}}',
  'base/errors.ts': 'export const value = 1; export type Value = number;',
  'native-models/runtime.ts': "import { value } from 'onnxruntime-node'; export const session = value;",
  'main/engine/engine.ts': "import { session } from '../../native-models/runtime.ts'; export const engine = session;",
  'main/library/database.ts': "import { value } from '@photostructure/sqlite'; export const database = value;",
  'main/ipc/contract.ts': "import type { Value } from '../../base/errors.ts'; export type Contract = Value;",
  'main/index.ts': "import { engine } from './engine/engine.ts'; export const app = engine;",
  'main/shell/electron.ts':
    "import { value } from 'electron'; import { app } from '../index.ts'; export const all = [value, app];",
  'main/shell/electron-shell.ts': "import type { value } from 'electron'; export type Value = typeof value;",
  'renderer/main.tsx':
    "import { value } from '../base/errors.ts'; import type { Contract } from '../main/ipc/contract.ts'; export const x: Contract = value;",
  'e2e/app.ts': "import { app } from '../main/index.ts'; export const tested = app;",
  ...package_('onnxruntime-node'),
  ...package_('@photostructure/sqlite'),
  ...package_('electron'),
};

/** Each breaks the rules beside it. */
const unsound: [path: string, text: string, rules: string[]][] = [
  ['base/value.ts', "import { app } from '../main/index.ts'; export const bad = app;", ['layer ^base/']],
  ['base/type.ts', "import type { app } from '../main/index.ts'; export type Bad = typeof app;", ['layer ^base/']],
  ['base/test.ts', "export { x } from './x.test.ts';", ['no test is imported']],
  ['base/x.test.ts', 'export const x = 1;', []],
  ['base/unknown.ts', "export { x } from './nothing.ts';", ['no unknown modules']],
  ['base/one.ts', "import { two } from './two.ts'; export const one = () => two;", ['no cycles']],
  ['base/two.ts', "import { one } from './one.ts'; export const two = () => one;", []],
  ['main/engine/up.ts', "export { database } from '../library/database.ts';", ['layer ^main/(engine|perception)/']],
  ['main/engine/onnx.ts', "export { value } from 'onnxruntime-node';", ['gateway to onnxruntime-(node|common)']],
  ['main/library/sqlite.ts', "export { value } from '@photostructure/sqlite';", ['gateway to @photostructure/sqlite']],
  ['main/cli/up.ts', "export { all } from '../shell/electron.ts';", ['layer ^main/cli/']],
  ['main/shell/electron-too.ts', "export { value } from 'electron';", ['gateway to electron']],
  ['main/shell/window.ts', "export { x } from '../../renderer/main.tsx';", ['main does without the window']],
  ['main/shell/tool.ts', "export { tested } from '../../e2e/app.ts';", ['product does without its tools']],
  ['renderer/value.ts', "import '../main/ipc/contract.ts';", ['renderer runs alone']],
  [
    'renderer/type.ts',
    "import type { database } from '../main/library/database.ts'; export type Bad = typeof database;",
    ['renderer knows the contract'],
  ],
];

/** The rules that a product breaks, by file. */
function broken(files: Record<string, string>): Promise<Record<string, string[]>> {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  const args = [
    cruiser,
    '--config',
    rules,
    '--output-type',
    'json',
    'base',
    'native-models',
    'main',
    'renderer',
    'e2e',
  ];
  return new Promise((resolved, reject) => {
    execFile(process.execPath, args, { cwd: folder, maxBuffer: 2 ** 26 }, (_error, output, errors) => {
      if (output === '') return reject(new Error(errors));
      const { violations } = (JSON.parse(output) as { summary: Summary }).summary;
      const byFile: Record<string, string[]> = {};
      for (const { from, rule } of violations) byFile[from] = [...(byFile[from] ?? []), rule.name];
      resolved(byFile);
    });
  });
}

interface Summary {
  violations: { from: string; rule: { name: string } }[];
}

test('a product that keeps the rules passes', async () => {
  expect(await broken(sound)).toEqual({});
});

test('each rule is broken by what it forbids, and by nothing else', async () => {
  const files = Object.fromEntries(unsound.map(([path, text]) => [path, text]));
  const expected = unsound.filter(([, , names]) => names.length > 0).map(([path, , names]) => [path, names]);
  expect(await broken({ ...sound, ...files })).toEqual(Object.fromEntries(expected));
});
