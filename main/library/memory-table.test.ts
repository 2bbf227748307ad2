import { expect, it } from 'vitest';
import { openMemoryTable } from './memory-table.ts';
import { addReady, openTestLibrary, sectionOf } from './testing/open-library.ts';

async function setUp() {
  const { database, library } = openTestLibrary();
  const table = openMemoryTable(database);
  const [one, two] = [await addReady(library, 'One', [sectionOf(null, 'a')]), await addReady(library, 'Two', [])];
  return { table, one: one.id, two: two.id };
}

it('what a model keeps is forgotten with it, but for the pauses of a person', async () => {
  const { table, one, two } = await setUp();
  for (const model of ['model', 'other']) table.set(one, model, { state: 'evicted' });
  table.set(two, 'model', { state: 'paused' });
  table.forgetModel('model');
  const statesOf = (model: string) => table.list(model).map(({ state }) => state);
  expect([statesOf('model'), statesOf('other')]).toEqual([
    ['waiting', 'paused'],
    ['evicted', 'paused'],
  ]);
});

it('what is known of a model goes over to another id, where nothing is known yet', async () => {
  const { table, one, two } = await setUp();
  for (const id of [one, two]) table.set(id, 'before', { state: 'evicted' });
  table.set(two, 'now', { state: 'kept', tokens: 7 });
  table.rename('before', 'now');
  expect(table.list('now')).toMatchObject([{ state: 'evicted' }, { state: 'kept', tokens: 7 }]);
});
