/** `npm run build`: builds everything into out/. */
import { buildOrFail, setUp } from './lib.mjs';

await setUp();
await buildOrFail('product', { quiet: false });
