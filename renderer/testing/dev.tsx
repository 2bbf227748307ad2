/**
 * The window over a Longhand in memory, to work on its look: `?scene=full`, `empty`, `loading`,
 * `failed`, `many`, `memory` or `pieces`. A development server shows it; no build includes it.
 */
import { createRoot } from 'react-dom/client';
import { App } from '../app/App.tsx';
import type { Host } from '../app/host.ts';
import { createModel, ModelContext } from '../app/model.ts';
import '../design/base.css';
import { startI18n } from '../i18n/i18n.ts';
import { createFakeApp } from './fake-app.ts';
import { scenes } from './scenes.ts';

const wanted = new URLSearchParams(location.search).get('scene') ?? 'full';
const fake = createFakeApp(scenes[wanted]?.() ?? {});
const host: Host = {
  open: fake.open,
  takesFolders: false,
  sourceOf: async (file) => ({ kind: 'upload', upload: crypto.randomUUID(), name: file.name }),
};

const root = document.getElementById('root');
if (!root) throw new Error('The page has no element with the id "root".');
await startI18n();
createRoot(root).render(
  <ModelContext value={createModel(host)}>
    <App />
  </ModelContext>,
);
