/**
 * What is built, and into what: main, its utility processes, the command line, the preload script and
 * the window. With `--mode tools` the benchmarks and evaluations are built instead, which never ship.
 */
import { readFileSync } from 'node:fs';
import react from '@vitejs/plugin-react';
import { defineConfig, type UserConfig } from 'electron-vite';

/** Both Electron and the Node that runs the served shell and the command line understand it. */
const target = 'node20.19';
const { devDependencies } = JSON.parse(readFileSync('package.json', 'utf8')) as {
  devDependencies: Record<string, string>;
};

/** Modules for Node: the packages in `dependencies` stay packages, everything else is bundled. */
const nodeOutput = { entryFileNames: '[name].js', chunkFileNames: 'chunks/[name]-[hash].js' };

const product: UserConfig = {
  main: {
    build: {
      outDir: 'out/main',
      target,
      rolldownOptions: {
        input: {
          electron: 'main/shell/electron.ts',
          served: 'main/shell/served-main.ts',
          cli: 'main/shell/cli-main.ts',
          engine: 'main/engine/process.ts',
          ingest: 'main/ingest/process.ts',
          media: 'main/ingest/media/process.ts',
          perception: 'main/perception/process.ts',
        },
        output: nodeOutput,
      },
    },
  },
  preload: {
    build: {
      outDir: 'out/preload',
      target,
      externalizeDeps: false,
      rolldownOptions: {
        input: { preload: 'main/shell/preload.ts' },
        // A sandboxed preload script cannot be a module.
        output: { format: 'cjs', entryFileNames: '[name].cjs' },
      },
    },
  },
  renderer: {
    root: 'renderer',
    plugins: [react()],
    worker: { format: 'es' },
    build: {
      outDir: 'out/renderer',
      // The security policy lets nothing be loaded from a data address but images.
      assetsInlineLimit: 0,
      modulePreload: { polyfill: false },
      minify: true,
      rolldownOptions: { input: 'renderer/index.html' },
    },
  },
};

const tools: UserConfig = {
  main: {
    build: {
      outDir: 'out/tools',
      target,
      externalizeDeps: { include: Object.keys(devDependencies) },
      rolldownOptions: {
        input: { bench: 'e2e/benchmarks/main.ts', eval: 'e2e/evals/main.ts' },
        output: nodeOutput,
      },
    },
  },
};

export default defineConfig(({ mode }) => (mode === 'tools' ? tools : product));
