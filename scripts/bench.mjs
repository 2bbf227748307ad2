/** `npm run -s bench -- …`: runs e2e/benchmarks, built first when it is not. */
import { runTool } from './lib.mjs';

await runTool('bench');
