import { describe, expect, test, vi } from 'vitest';
import { type FakeOptions, fakeEntry, fakeId } from '../testing/fake-app.ts';
import { type Setup, setUp } from '../testing/model.ts';
import { draftOf, mountedDocuments, quotation, streamingAnswer } from './chat-store.ts';

const documents = [1, 2].map((number) => ({ entry: fakeEntry(number), sections: [] }));
const text = 'The bell was rung by hand.';
const details = {
  citations: [],
  read: { documents: [], tokensMounted: 0, tokensAttended: 0, tokensReused: 0, leftOut: [] },
  timing: null,
  unsupported: [],
  model: 'SmolLM2-135M-Instruct',
  device: 'cpu',
};
const answer = () => ({ text, citations: [], details });

/** Gates each word of an answer: `go` lets one more through. */
function gate(): { pause: NonNullable<FakeOptions['pause']>; go(words: number): void } {
  const waiting: (() => void)[] = [];
  let open = 0;
  return {
    pause: (step) =>
      step !== 'word' || open-- > 0 ? Promise.resolve() : new Promise((resolve) => waiting.push(resolve)),
    go(words) {
      open = Math.max(open, 0) + words;
      for (const resolve of waiting.splice(0, words)) {
        open -= 1;
        resolve();
      }
    },
  };
}

const lastText = ({ model }: Setup): string | undefined => model.chat.getState().messages.at(-1)?.text;
const settled = (setup: Setup): Promise<void> =>
  vi.waitFor(() => expect(setup.model.chat.getState().messages.at(-1)?.state).toBe('done'));

describe('asking', () => {
  test('the first question stores the conversation, with the ticked documents', async () => {
    const setup = await setUp({ documents, answer });
    const { chat, library } = setup.model;
    await chat.getState().mount(fakeId(1), false);
    await chat.getState().ask('Who rang it?');
    await settled(setup);
    expect(chat.getState().messages.map((message) => message.text)).toEqual(['Who rang it?', text]);
    expect(mountedDocuments(chat.getState(), library.getState().documents).map(({ id }) => id)).toEqual([fakeId(2)]);
    await vi.waitFor(() => expect(chat.getState().conversations).toMatchObject([{ title: 'Who rang it?' }]));
    expect(chat.getState()).toMatchObject({ answering: [], live: {} });
  });

  test('a question that could not be asked comes back into the box', async () => {
    const setup = await setUp({ documents });
    const { chat } = setup.model;
    setup.fake.drop();
    await vi.waitFor(() => expect(setup.model.connection.state()).toBe('lost'));
    chat.getState().setDraft('Who rang it?');
    await chat.getState().ask('Who rang it?');
    expect(draftOf(chat.getState())).toBe('Who rang it?');
    expect(setup.model.notices.getState().notices).toHaveLength(1);
  });

  test('stopping keeps what stands', async () => {
    const { pause, go } = gate();
    const setup = await setUp({ documents, answer, pause });
    const { chat } = setup.model;
    await chat.getState().ask('Who rang it?');
    go(1);
    await vi.waitFor(() => expect(lastText(setup)).toBe('The bell '));
    await chat.getState().stop();
    go(1);
    await vi.waitFor(() => expect(chat.getState().messages.at(-1)?.state).toBe('stopped'));
    expect(lastText(setup)).toBe('The bell ');
  });

  test('an answer goes on after the connection was lost, without a word missing', async () => {
    const { pause, go } = gate();
    let reconnect: () => void = () => undefined;
    const until = (): Promise<void> =>
      new Promise((resolve) => {
        reconnect = resolve;
      });
    const setup = await setUp({ documents, answer, pause }, {}, until);
    const { chat, connection } = setup.model;
    await chat.getState().ask('Who rang it?');
    await vi.waitFor(() => expect(lastText(setup)).toBe('The '));
    setup.fake.drop();
    await vi.waitFor(() => expect(connection.state()).toBe('lost'));
    go(3);
    reconnect();
    await vi.waitFor(() => expect(connection.state()).toBe('open'));
    go(9);
    await settled(setup);
    expect(lastText(setup)).toBe(text);
  });

  test('a gap makes the answer be fetched again, once', async () => {
    const { pause, go } = gate();
    const setup = await setUp({ documents, answer, pause });
    const { chat } = setup.model;
    await chat.getState().ask('Who rang it?');
    await vi.waitFor(() => expect(lastText(setup)).toBe('The '));
    const { currentId, messages } = chat.getState();
    const event = { conversationId: currentId ?? '', messageId: messages.at(-1)?.id ?? '', text: 'x' };
    for (const offset of [40, 41, 42]) setup.fake.emit('answer.text', { ...event, offset });
    await vi.waitFor(() => expect(setup.fake.requests.filter((method) => method === 'chat.open')).toHaveLength(1));
    go(9);
    await settled(setup);
    expect(lastText(setup)).toBe(text);
    expect(setup.fake.requests.filter((method) => method === 'chat.open')).toHaveLength(1);
  });

  test('writing an answer again puts it in the place of the last', async () => {
    const setup = await setUp({ documents, answer });
    const { chat } = setup.model;
    await chat.getState().ask('Who rang it?');
    await settled(setup);
    const before = chat.getState().messages.at(-1)?.id;
    await chat.getState().regenerate();
    await settled(setup);
    expect(chat.getState().messages).toHaveLength(2);
    expect(chat.getState().messages.at(-1)?.id).not.toBe(before);
  });
});

describe('conversations', () => {
  test('another one can be read while an answer is being written, which is whole on return', async () => {
    const { pause, go } = gate();
    const setup = await setUp({ documents, answer, pause });
    const { chat } = setup.model;
    await chat.getState().ask('Who rang it?');
    const asked = chat.getState().currentId ?? '';
    chat.getState().startNew();
    expect(streamingAnswer(chat.getState())).toBeUndefined();
    await vi.waitFor(() => expect(chat.getState().answering).toEqual([asked]));
    go(9);
    await vi.waitFor(() => expect(chat.getState().answering).toEqual([]));
    await chat.getState().open(asked);
    expect(lastText(setup)).toBe(text);
  });

  test('what was not asked yet goes along to a new one, and stays where it is when another one is opened', async () => {
    const { model, fake } = await setUp({ documents, answer });
    const { chat } = model;
    const draft = (): string => draftOf(chat.getState());
    await chat.getState().ask('Who rang it?');
    const id = chat.getState().currentId ?? '';
    chat.getState().setDraft('And when?');
    chat.getState().startNew();
    expect(chat.getState().currentId).toBeNull();
    expect(draft()).toBe('And when?');
    await chat.getState().open(id);
    expect(draft()).toBe('');
    chat.getState().setDraft('And why?');
    chat.getState().startNew();
    expect(draft()).toBe('And when?');
    chat.getState().setDraft('');
    await chat.getState().open(id);
    expect(draft()).toBe('And why?');
    const { focusRequests } = chat.getState();
    fake.emit('chat.removed', { id });
    await vi.waitFor(() => expect(chat.getState().currentId).toBeNull());
    expect(draft()).toBe('And why?');
    expect(chat.getState().focusRequests).toBe(focusRequests);
  });

  test('after a lost connection none is said to be written that is not, nor that there is no connection', async () => {
    const { pause, go } = gate();
    let reconnect = (): void => undefined;
    const lost = (): Promise<void> => new Promise((resolve) => (reconnect = resolve));
    const { model, fake } = await setUp({ documents, answer, pause }, {}, lost);
    const { chat, notices, connection } = model;
    await chat.getState().ask('Who rang it?');
    await vi.waitFor(() => expect(chat.getState().answering).toHaveLength(1));
    fake.drop();
    await vi.waitFor(() => expect(connection.state()).toBe('lost'));
    await chat.getState().stop();
    expect(notices.getState().notices).toHaveLength(1);
    go(9);
    reconnect();
    await vi.waitFor(() => expect(chat.getState()).toMatchObject({ answering: [], live: {} }));
    expect(notices.getState().notices).toEqual([]);
  });

  test('going to one takes the sidebar away that lies over it, also to the one that is open', async () => {
    const { model } = await setUp({ documents, answer });
    const { chat, layout } = model;
    await chat.getState().ask('Who rang it?');
    layout.getState().setSidebarOver(true);
    await chat.getState().open(chat.getState().currentId ?? '');
    expect(layout.getState().sidebarOver).toBe(false);
  });

  test('deleting the open one leads to a new one', async () => {
    const setup = await setUp({ documents, answer });
    const { chat } = setup.model;
    await chat.getState().ask('Who rang it?');
    await settled(setup);
    await chat.getState().remove(chat.getState().currentId ?? '');
    await vi.waitFor(() => expect(chat.getState()).toMatchObject({ currentId: null, messages: [], conversations: [] }));
  });

  test('an empty one is known to be here once it was fetched, and one that is stored just now at once', async () => {
    const setup = await setUp({
      documents,
      answer,
      conversations: [
        {
          conversation: { id: fakeId(50), title: 'Empty', documentIds: [], createdAt: 1, updatedAt: 1 },
          messages: [],
        },
      ],
    });
    const { chat } = setup.model;
    const opening = chat.getState().open(fakeId(50));
    expect(chat.getState()).toMatchObject({ currentId: fakeId(50), fetchedId: null });
    await opening;
    expect(chat.getState()).toMatchObject({ fetchedId: fakeId(50), messages: [] });
    chat.getState().startNew();
    await chat.getState().ask('Who rang it?');
    expect(chat.getState().fetchedId).toBe(chat.getState().currentId);
    expect(chat.getState().fetchedId).not.toBe(null);
  });

  test('documents ticked one right after the other are all mounted', async () => {
    const setup = await setUp({ documents, answer });
    const { chat, library } = setup.model;
    await chat.getState().mountAll(false);
    await chat.getState().ask('Who rang it?');
    await settled(setup);
    await Promise.all([chat.getState().mount(fakeId(1), true), chat.getState().mount(fakeId(2), true)]);
    const mounted = mountedDocuments(chat.getState(), library.getState().documents);
    expect(mounted.map(({ id }) => id).sort()).toEqual([fakeId(1), fakeId(2)]);
  });
});

test('a quotation goes below what is already in the question box', () => {
  expect(quotation('One line.\n\nAnother. ', '')).toBe('> One line.\n>\n> Another.\n\n');
  expect(quotation('Quoted.', 'Before.\n')).toBe('Before.\n\n> Quoted.\n\n');
});
