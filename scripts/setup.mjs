/** `node scripts/setup.mjs`: installs the packages where they are missing or outdated. */
import { setUp } from './lib.mjs';

await setUp();
