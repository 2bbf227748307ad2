import { expect, test, vi } from 'vitest';
import type { Section } from '../../main/ipc/contract.ts';
import { fakeEntry, fakeId } from '../testing/fake-app.ts';
import { setUp } from '../testing/model.ts';

const documentId = fakeId(1);
const sections = ['The first.', 'The bell was rung by hand.'].map(
  (text, ordinal): Section => ({
    id: 40 + ordinal,
    documentId,
    ordinal,
    title: null,
    level: 0,
    format: 'plain',
    text,
    anchor: { kind: 'page', page: ordinal + 1, boxes: [] },
  }),
);
const documents = [
  { entry: fakeEntry(1), sections },
  { entry: fakeEntry(2), sections: [] },
];
const stretch = { documentId, section: 1, start: 4, end: 17 };

async function setUpReader() {
  const { model } = await setUp({ documents });
  return { model, reader: model.reader, show: model.reader.getState().showStretch };
}

test('a stretch is shown as a citation is: with its section, its anchor and its text', async () => {
  const { reader, show } = await setUpReader();
  await show(stretch);
  expect(reader.getState()).toMatchObject({
    documentId,
    place: {
      documentId,
      sectionId: 41,
      anchor: { kind: 'page', page: 2, boxes: [] },
      start: 4,
      end: 17,
      quote: 'bell was rung',
      section: 1,
    },
  });
});

test('what is opened while a stretch is looked up stays open', async () => {
  const { reader, show } = await setUpReader();
  const shown = show(stretch);
  reader.getState().open(fakeId(2));
  await shown;
  expect(reader.getState()).toMatchObject({ documentId: fakeId(2), place: null });
});

test('a section that is there no more leaves the document to be read', async () => {
  const { reader, show } = await setUpReader();
  await show({ ...stretch, section: 9 });
  expect(reader.getState()).toMatchObject({ documentId, place: null });
});

test('a document that was removed is told to the person', async () => {
  const { model, reader, show } = await setUpReader();
  await show({ ...stretch, documentId: fakeId(8) });
  expect(reader.getState().documentId).toBeNull();
  await vi.waitFor(() =>
    expect(model.notices.getState().notices).toMatchObject([{ text: 'This document does not exist any more.' }]),
  );
});
