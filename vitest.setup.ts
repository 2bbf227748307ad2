import fc from 'fast-check';

/** Properties draw the same cases in every run, so that a failure comes from a change; `FUZZ_SEED` draws others. */
fc.configureGlobal({ seed: Number(process.env.FUZZ_SEED ?? 1) });
