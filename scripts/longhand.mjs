#!/usr/bin/env node
/** `longhand …`: the command line, built first when it is not. */
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { buildIfStale, root, setUp } from './lib.mjs';

await setUp();
await buildIfStale('product');
await import(pathToFileURL(join(root, 'out', 'main', 'cli.js')).href);
