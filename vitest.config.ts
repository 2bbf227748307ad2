import { tmpdir } from 'node:os';
import { delimiter } from 'node:path';
import { defineConfig } from 'vitest/config';
import { findSwiftShader } from './scripts/browser.mjs';

const swiftShader = findSwiftShader();
const { LD_LIBRARY_PATH = '', XDG_RUNTIME_DIR = tmpdir() } = process.env;

/** WebGPU on the CPU. Such variables count when a process starts, so these tests have processes of their own. */
const webGpuEnvironment = swiftShader && {
  LD_LIBRARY_PATH: [swiftShader.folder, LD_LIBRARY_PATH].filter(Boolean).join(delimiter),
  VK_ICD_FILENAMES: swiftShader.driver,
  XDG_RUNTIME_DIR,
};

const webGpuTests = '**/*.webgpu.test.ts';

export default defineConfig({
  test: {
    // Models run in their own threads: one worker a core is already more than enough.
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 60_000,
    hookTimeout: 60_000,
    setupFiles: ['./vitest.setup.ts'],
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: ['{base,e2e,main,native-models,renderer,scripts}/**/*.test.{ts,tsx}'],
          exclude: ['**/node_modules/**', webGpuTests],
        },
      },
      {
        extends: true,
        test: {
          name: 'webgpu',
          include: [`{main,native-models}/${webGpuTests}`],
          ...(webGpuEnvironment && { env: webGpuEnvironment }),
        },
      },
    ],
  },
});
