/**
 * `npm run notices`: writes THIRD-PARTY-NOTICES.md, the licences of everything that ships with
 * Longhand: the packages that main needs, those that are bundled into the window, and the weights.
 * A licence that does not belong in what ships ends it.
 */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));

export const noticesFile = join(root, 'THIRD-PARTY-NOTICES.md');

const allowedLicences = new Set([
  '0BSD',
  'Apache-2.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'bzip2-1.0.6',
  'ISC',
  'MIT',
  'MIT-0',
  'MPL-2.0',
  'OFL-1.1',
  'Unlicense',
  'Zlib',
]);

/** Libraries that are compiled into a package, whose licences it does not bring: their texts lie in licences/. */
const compiledIn = {
  'libarchive-wasm': [
    { name: 'libarchive', version: '3.7.7', licence: 'BSD-2-Clause' },
    { name: 'zlib', version: '1.3.1', licence: 'Zlib' },
    { name: 'bzip2', version: '1.0.8', licence: 'bzip2-1.0.6' },
    { name: 'liblzma', version: '5.6.4', licence: '0BSD' },
  ],
};

/**
 * Only used to compile or to download, and left out by electron-builder.config.ts; or, as codec-parser, part of a file
 * of another package that is not bundled; or, as Electron, with notices of its own.
 */
const notShipped = /^(@napi-rs\/|adm-zip$|codec-parser$|electron$|global-agent$|node-addon-api$|@types\/)/;

const mitTerms = `Permission is hereby granted, free of charge, to any person obtaining a copy of this software and
associated documentation files (the "Software"), to deal in the Software without restriction, including
without limitation the rights to use, copy, modify, merge, publish, distribute, sublicense, and/or sell
copies of the Software, and to permit persons to whom the Software is furnished to do so, subject to the
following conditions:

The above copyright notice and this permission notice shall be included in all copies or substantial
portions of the Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING BUT NOT
LIMITED TO THE WARRANTIES OF MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO
EVENT SHALL THE AUTHORS OR COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER LIABILITY, WHETHER
IN AN ACTION OF CONTRACT, TORT OR OTHERWISE, ARISING FROM, OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE
USE OR OTHER DEALINGS IN THE SOFTWARE.`;

/** @returns {string} the text of THIRD-PARTY-NOTICES.md */
export function notices() {
  const packages = shippedPackages();
  const weights = bundledWeights();
  return [
    '# Third-party notices',
    'Longhand is made with the work of others, listed here with the licences they give it under. This file is written by `npm run notices`.',
    'The installers also hold Electron and Chromium; `LICENSE.electron.txt` and `LICENSES.chromium.html` lie beside the program.',
    '## Weights',
    table(
      ['Model', 'Licence'],
      weights.map(({ name, licence }) => [name, licence]),
    ),
    '## Packages',
    table(
      ['Package', 'Version', 'Licence'],
      packages.map(({ name, version, licence }) => [name, version, licence]),
    ),
    '## Licence texts',
    ...licenceTexts([...weights, ...packages]),
    '',
  ].join('\n\n');
}

function table(head, rows) {
  const line = (cells) => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

/** Each text once, with the names of all that have it. */
function licenceTexts(works) {
  const namesOf = new Map();
  for (const { name, texts } of works)
    for (const text of texts) namesOf.set(text, (namesOf.get(text) ?? new Set()).add(name));
  return [...namesOf].map(([text, names]) => `### ${[...names].join(', ')}\n\n\`\`\`text\n${text}\n\`\`\``);
}

/** The packages that ship, sorted by name; throws for a licence that must not. */
export function shippedPackages() {
  const lock = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')).packages;
  const reached = new Set();
  const reach = (name, from) => {
    const path = resolvePackage(lock, name, from);
    if (!path || reached.has(path) || notShipped.test(name)) return;
    reached.add(path);
    const { dependencies = {}, optionalDependencies = {} } = lock[path];
    for (const next of Object.keys({ ...dependencies, ...optionalDependencies })) reach(next, path);
  };
  for (const name of [...Object.keys(lock[''].dependencies), ...bundledImports(lock[''])]) reach(name, '');
  const works = new Map();
  for (const path of reached) {
    if (!existsSync(join(root, path))) continue;
    const work = describe(path, lock[path]);
    for (const each of [work, ...(compiledIn[work.name] ?? []).map(compiled)])
      works.set(`${each.name} ${each.version}`, each);
  }
  return [...works].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, work]) => work);
}

/** Where Node finds a package from the folder of another one. */
function resolvePackage(lock, name, from) {
  const path = `${from === '' ? '' : `${from}/`}node_modules/${name}`;
  if (lock[path]) return path;
  if (from === '') return undefined;
  return resolvePackage(lock, name, from.slice(0, Math.max(from.lastIndexOf('/node_modules/'), 0)));
}

/** The packages that are no dependencies of main, but bundled into it or the window, whose sources import them. */
function bundledImports({ devDependencies }) {
  const imported = new Set();
  const files = ['base', 'main', 'renderer'].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, withFileTypes: true }),
  );
  for (const file of files) {
    const path = join(file.parentPath, file.name);
    if (!file.isFile() || !/\.(tsx?|css)$/.test(path) || /\.test\.tsx?$|[\\/]testing[\\/]/.test(path)) continue;
    // Types leave nothing behind.
    const text = readFileSync(path, 'utf8').replace(/^import type .*$/gm, '');
    for (const [, name] of text.matchAll(/(?:from|import|import\(|url\()\s*['"]((?:@[\w-]+\/)?[\w-]+)/g))
      if (Object.hasOwn(devDependencies, name)) imported.add(name);
  }
  return imported;
}

function describe(path, { version, license = 'unknown' }) {
  const name = path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length);
  if (!isAllowed(license))
    throw new Error(`${name} ${version} has the licence ${license}, which does not belong in what ships.`);
  const folder = join(root, path);
  const texts = licenceFiles(folder).map((file) => tidy(readFileSync(file, 'utf8')));
  const copyleft = texts.find((text) => /^\s*GNU (AFFERO |LESSER )?GENERAL PUBLIC LICENSE/m.test(text));
  if (copyleft)
    throw new Error(`${name} ${version} holds a text of the GNU licences, which does not belong in what ships.`);
  return { name, version, licence: license, texts: texts.length > 0 ? texts : [declared(folder, license)] };
}

/** @param {string} expression an SPDX expression without exceptions */
export function isAllowed(expression) {
  const alternatives = expression.replace(/[()]/g, '').split(' OR ');
  return alternatives.some((all) => all.split(' AND ').every((licence) => allowedLicences.has(licence.trim())));
}

function licenceFiles(folder) {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((file) => file.isFile() && /^(licen[cs]e|copying|notice)([._-]|$)/i.test(file.name))
    .map((file) => join(file.parentPath, file.name))
    .filter((file) => !file.slice(folder.length).includes('node_modules') && !/\.(js|ts|map)$/.test(file))
    .sort();
}

function compiled({ name, version, licence }) {
  if (!isAllowed(licence)) throw new Error(`${name} has the licence ${licence}, which does not belong in what ships.`);
  return {
    name,
    version,
    licence,
    texts: [tidy(readFileSync(join(root, 'scripts', 'licences', `${name}.txt`), 'utf8'))],
  };
}

/** What stands for the text of a package that brings none. */
function declared(folder, licence) {
  const { author, homepage, repository } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  const by = typeof author === 'object' ? author.name : author;
  const at = homepage ?? repository?.url ?? repository;
  const source = [`Published under the licence ${licence}`, by && `by ${by}`, at && `at ${at}`]
    .filter(Boolean)
    .join(' ');
  return licence === 'MIT' ? `${source}\n\n${mitTerms}` : source;
}

/** What only the text of a licence holds. */
const licenceMarks = { 'Apache-2.0': /Apache License\s+Version 2\.0/, MIT: /^MIT License$/m };

function bundledWeights() {
  const folder = join(root, 'native-models', 'bundled');
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => {
      const text = tidy(readFileSync(join(folder, name, 'LICENSE'), 'utf8'));
      const licence = Object.keys(licenceMarks).find((mark) => licenceMarks[mark].test(text));
      if (!licence) throw new Error(`The licence of the weights ${name} is not known.`);
      return { name, licence, texts: [text] };
    });
}

function tidy(text) {
  return text
    .replace(/\r\n?/g, '\n')
    .replace(/^\s*\n|\s+$/g, '')
    .replaceAll('```', "'''");
}

if (process.argv[1] === fileURLToPath(import.meta.url)) writeFileSync(noticesFile, notices());
