/**
 * Environment variables for a process that runs the engine; they must be there when it starts.
 * Weights and keys are read from end to end for every token, so memory in large pages is measurably faster (Linux,
 * glibc 2.35 and later; without effect elsewhere).
 */
export const engineEnvironment: Readonly<Record<string, string>> = {
  GLIBC_TUNABLES: 'glibc.malloc.hugetlb=1',
};

/** Its JavaScript makes few objects, and arrays that should not lie about until there are many. */
export const engineYoungMiB = 2;
