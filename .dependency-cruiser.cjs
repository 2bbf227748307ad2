/**
 * The layers of Longhand as a rule: a file imports from its own layer and from those before it.
 * What talks to the world outside (the runtime, the database, Electron) is imported in one file each.
 */
const layers = [
  '^base/',
  '^native-models/',
  '^main/(engine|perception)/',
  '^main/(library|ingest|chat|models)/',
  '^main/ipc/',
  '^main/index\\.ts$',
  '^main/cli/',
  '^main/shell/',
];

/** Tests, and what only they use. */
const testing = ['\\.test\\.tsx?$', '/testing/'];

/** Packages, each with the files that may import it. */
const gateways = {
  'onnxruntime-(node|common)': ['^native-models/runtime\\.ts$'],
  '@photostructure/sqlite': ['^main/library/database(\\.test)?\\.ts$'],
  electron: ['^main/shell/(electron|preload)\\.ts$'],
  'node-llama-cpp': ['^e2e/benchmarks/', '/testing/'],
};

const upwards = layers.slice(0, -1).map((layer, index) => ({
  name: `layer ${layer}`,
  comment: 'A layer must not import from a later one.',
  severity: 'error',
  from: { path: layer },
  to: { path: layers.slice(index + 1) },
}));

const onlyThroughGateways = Object.entries(gateways).map(([name, files]) => ({
  name: `gateway to ${name}`,
  comment: 'This package is imported in one place; use what that place exports.',
  severity: 'error',
  from: { pathNot: files },
  // The types of Electron are no dependency on its program.
  to: { path: `node_modules/${name}/`, dependencyTypesNot: ['type-only'] },
}));

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    ...upwards,
    ...onlyThroughGateways,
    {
      name: 'renderer runs alone',
      comment: 'At run time the window shares nothing with main but base.',
      severity: 'error',
      from: { path: '^renderer/', pathNot: testing },
      to: { path: '^(main|native-models)/', dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'renderer knows the contract',
      comment: 'The window takes types from main/ipc, which gives it all it needs.',
      severity: 'error',
      from: { path: '^renderer/', pathNot: testing },
      to: { path: '^(main/(?!ipc/)|native-models/)' },
    },
    {
      name: 'main does without the window',
      comment: 'Only the preload script knows what the window expects, and only as a type.',
      severity: 'error',
      from: { path: '^(base|native-models|main)/', pathNot: '^main/shell/preload\\.ts$' },
      to: { path: '^renderer/' },
    },
    {
      name: 'product does without its tools',
      comment: 'Tests, evaluations and scripts use the product, never the other way round.',
      severity: 'error',
      from: { path: '^(base|native-models|main|renderer)/', pathNot: '\\.test\\.tsx?$' },
      to: { path: '^(e2e|scripts)/' },
    },
    {
      name: 'no test is imported',
      comment: 'What tests share lies in a file of its own.',
      severity: 'error',
      from: {},
      to: { path: '\\.test\\.tsx?$' },
    },
    {
      name: 'no cycles',
      severity: 'error',
      from: {},
      // Two files may know each other's types.
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    { name: 'no unknown modules', severity: 'error', from: {}, to: { couldNotResolve: true } },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: 'specify',
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default', 'types'],
      extensions: ['.ts', '.tsx', '.mjs', '.js', '.d.ts', '.json'],
    },
  },
};
