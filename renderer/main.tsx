/** Starts the window. */
import { createRoot } from 'react-dom/client';
import { App } from './app/App.tsx';
import { findHost } from './app/host.ts';
import { createModel, ModelContext } from './app/model.ts';
import './design/base.css';
import { startI18n } from './i18n/i18n.ts';
import { decodeForMain } from './media/decoding.ts';

const root = document.getElementById('root');
if (!root) throw new Error('The page has no element with the id "root".');

const model = createModel(findHost());
decodeForMain(model.connection);
await startI18n();
createRoot(root).render(
  <ModelContext value={model}>
    <App />
  </ModelContext>,
);
