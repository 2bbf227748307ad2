#!/usr/bin/env node
/** `longhand …`: the command line, built first when it is not. */
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { buildIfStale, callersFolder, root, setUp } from './lib.mjs';

await setUp();
await buildIfStale('product');
// Files are named from there.
process.chdir(callersFolder('longhand'));
await import(pathToFileURL(join(root, 'out', 'main', 'cli.js')).href);
