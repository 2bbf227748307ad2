import { renderToStaticMarkup } from 'react-dom/server';
import { beforeAll, expect, test, vi } from 'vitest';
import { ModelContext } from '../app/model.ts';
import { startI18n } from '../i18n/i18n.ts';
import { setUp } from '../testing/model.ts';
import { ModelChoice } from './model-choice.tsx';

beforeAll(async () => void (await startI18n()));

test('a damaged model says what is wrong, and can be removed and not be chosen', async () => {
  const { model } = await setUp({ damagedModels: ['/models/Cut.gguf'] });
  await model.models.getState().load();
  // What is drawn on a server is what a store began with.
  for (const store of [model.models, model.settings])
    vi.spyOn(store, 'getInitialState').mockImplementation(store.getState);
  const html = renderToStaticMarkup(
    <ModelContext value={model}>
      <ModelChoice />
    </ModelContext>,
  );
  const radios = html.match(/<input type="radio"[^>]*>/g) ?? [];
  expect(radios.map((radio) => radio.includes('disabled'))).toEqual([false, true]);
  expect(html).toContain('The model file Cut.gguf cannot be used: it is not a GGUF file. Get the file again.');
  expect(html).toContain('aria-label="Remove the model Cut"');
});
