/** `npm run -s eval -- …`: runs e2e/evals, built first when it is not. */
import { runTool } from './lib.mjs';

await runTool('eval');
