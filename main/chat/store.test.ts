import { describe, expect, test } from 'vitest';
import { addReady, openTestLibrary, sectionOf } from '../library/testing/open-library.ts';
import { type AnswerDetails, conversation, message } from './schema.ts';
import { openChatStore } from './store.ts';

function openTestStore() {
  const opened = openTestLibrary();
  return { ...opened, store: openChatStore(opened.database) };
}

const details: AnswerDetails = {
  citations: [],
  read: { documents: [], tokensMounted: 1, tokensAttended: 1, tokensReused: 0, leftOut: [] },
  timing: null,
  unsupported: [],
  model: 'm',
  device: 'cpu',
};

const nobody = '00000000-0000-4000-8000-000000000000';

describe('conversations', () => {
  test('are created with documents, mounted anew, renamed and removed', async () => {
    const { store, library } = openTestStore();
    const one = await addReady(library, 'one', [sectionOf(null, 'A.')]);
    const two = await addReady(library, 'two', [sectionOf(null, 'B.')]);
    const { id } = conversation.parse(store.create('First', [two.id, one.id, two.id]));
    expect(store.get(id).documentIds).toEqual([two.id, one.id]);
    expect(store.mount(id, [one.id]).documentIds).toEqual([one.id]);
    expect(store.rename(id, 'Second').title).toBe('Second');
    store.append(id, { role: 'user', text: 'Hello', state: 'done' });
    store.remove(id);
    expect(store.list()).toEqual([]);
    expect(() => store.messages(id)).toThrow(expect.objectContaining({ code: 'not-found' }));
  });

  test('a document that is not there cannot be mounted, and nothing changes', async () => {
    const { store, library } = openTestStore();
    const one = await addReady(library, 'one', [sectionOf(null, 'A.')]);
    const { id } = store.create('First', [one.id]);
    expect(() => store.mount(id, [nobody])).toThrow(expect.objectContaining({ code: 'not-found' }));
    expect(store.get(id).documentIds).toEqual([one.id]);
    expect(() => store.create('Second', [nobody])).toThrow(expect.objectContaining({ code: 'not-found' }));
    expect(store.list()).toHaveLength(1);
  });

  test('a removed document is no longer mounted', async () => {
    const { store, library } = openTestStore();
    const one = await addReady(library, 'one', [sectionOf(null, 'A.')]);
    const { id } = store.create('First', [one.id]);
    await library.remove(one.id);
    expect(store.get(id).documentIds).toEqual([]);
  });

  test('are listed last used first, and found by title or by what was said', () => {
    const { store } = openTestStore();
    const boats = store.create('Boats', []);
    const lamps = store.create('Lamps', []);
    expect(store.list().map(({ title }) => title)).toEqual(['Lamps', 'Boats']);
    store.append(lamps.id, { role: 'user', text: 'Which lens did Fresnel build for Cordouan?', state: 'done' });
    const titles = (query: string): string[] => store.list(query).map(({ title }) => title);
    expect(titles('boa')).toEqual(['Boats']);
    expect(titles('fresnel cordou')).toEqual(['Lamps']);
    expect(titles('fresnel boats')).toEqual([]);
    expect(titles('"* OR (')).toEqual([]);
    expect(titles('  ')).toHaveLength(2);
    store.rename(boats.id, 'Ships');
    expect(titles('boats')).toEqual([]);
    store.remove(lamps.id);
    expect(titles('fresnel')).toEqual([]);
  });
});

describe('messages', () => {
  test('an answer grows, ends, and is found by its words', () => {
    const { store } = openTestStore();
    const { id } = store.create('Lamps', []);
    store.append(id, { role: 'user', text: 'Who?', state: 'done' });
    const answer = message.parse(store.append(id, { role: 'assistant', text: '', state: 'streaming' }));
    store.update(answer.id, { text: 'Augustin' });
    expect(store.list('augustin')).toEqual([]);
    store.update(answer.id, { text: 'Augustin Fresnel', state: 'done', details });
    expect(store.list('augustin')).toHaveLength(1);
    expect(store.messages(id).map(({ role, text, state }) => ({ role, text, state }))).toEqual([
      { role: 'user', text: 'Who?', state: 'done' },
      { role: 'assistant', text: 'Augustin Fresnel', state: 'done' },
    ]);
    expect(store.messages(id)[1]?.details).toEqual(details);
    store.removeMessage(answer.id);
    expect(store.list('augustin')).toEqual([]);
    expect(() => store.update(answer.id, { text: 'x' })).toThrow(expect.objectContaining({ code: 'not-found' }));
  });

  test('an answer that an earlier version stored, with how strongly its passages match, is read', () => {
    const { store } = openTestStore();
    const { id } = store.create('Lamps', []);
    const answer = store.append(id, { role: 'assistant', text: 'Fresnel', state: 'done' });
    const anchor = { kind: 'range' as const, start: 0, end: 4 };
    const place = { documentId: nobody, title: 'One', sectionId: 1, passageId: 1, anchor, start: 0, end: 4 };
    const citation = { number: 1, ...place, quote: 'Lens', supports: true };
    const earlier = { ...citation, strength: 1 };
    store.update(answer.id, { details: { ...details, citations: [earlier] } });
    expect(store.messages(id)[0]?.details).toEqual({ ...details, citations: [citation] });
  });

  test('an answer that a crash cut off is stopped at the next start, and found', () => {
    const { store, database } = openTestStore();
    const { id } = store.create('Lamps', []);
    const answer = store.append(id, { role: 'assistant', text: '', state: 'streaming' });
    store.update(answer.id, { text: 'Augustin' });
    const next = openChatStore(database);
    expect(next.messages(id)[0]).toMatchObject({ text: 'Augustin', state: 'stopped' });
    expect(next.list('augustin')).toHaveLength(1);
  });
});
