import { describe, expect, it, vi } from 'vitest';
import { LonghandError } from '../../base/errors.ts';
import type { Generation } from '../engine/protocol.ts';
import type { EngineSupervisor, GenerateParams, GenerateProgress } from '../engine/supervisor.ts';
import type { DocumentMemory } from '../library/memory.ts';
import { addQueued, addReady, openTestLibrary, sectionOf } from '../library/testing/open-library.ts';
import { streamDouble } from '../library/testing/stream-double.ts';
import { type ChatListeners, createChat } from './chat.ts';
import { openConversationMemories } from './conversation-memory.ts';
import type { AnswerPhase, Citation, Message } from './schema.ts';
import { openChatStore } from './store.ts';

const info = {
  modelId: 'tiny',
  modelName: 'Tiny',
  architecture: 'llama',
  contextLength: 2048,
  vocabularySize: 97,
  parameters: 1000,
  device: 'cpu' as const,
  deviceReason: 'There is no other.',
  threads: 2,
  memoryBytes: 1,
  loadMs: 1,
};

type Writer = (
  params: GenerateParams,
  options: { signal: AbortSignal; onProgress(progress: GenerateProgress): void },
) => Promise<Partial<Generation>>;

/** A double of the engine that counts words as tokens and writes what `writer` says. */
function engineDouble(writer: Writer): EngineSupervisor {
  const double: EngineSupervisor = {
    status: () => ({ state: 'ready', info }),
    ready: async () => info,
    countTokens: async (texts) => texts.map((text) => text.split(/\s+/).filter(Boolean).length),
    countPrompt: async () => 1,
    async generate(params, { signal = new AbortController().signal, onProgress = () => undefined }) {
      onProgress({ kind: 'prefill', done: 5, total: 10, reused: 2 });
      const generation = await writer(params, { signal, onProgress });
      return {
        text: '',
        tokens: [],
        finishReason: 'end',
        promptTokens: 10,
        reusedTokens: 2,
        remounts: 0,
        attendedTokens: 12,
        prefillMs: 100,
        firstTokenMs: 120,
        decodeMs: 50,
        decodeTokens: 4,
        ...generation,
      };
    },
    async answer({ messages, streams, window, maxTokens, sampling, stop }, options) {
      const params = { prompt: { kind: 'chat' as const, messages }, maxTokens, sampling, stop };
      const block = { block: 0, strength: 1, tokens: 8, firstToken: 0, section: 0, character: 0, next: null };
      return {
        ...(await double.generate(params, options)),
        whole: true,
        attended: streams.flatMap((stream) => Array.from({ length: window?.count ?? 1 }, () => ({ stream, ...block }))),
        mounted: streams.map((stream) => ({ stream, tokens: 8, complete: true, damaged: false })),
      };
    },
    streams: streamDouble(),
    restart: () => undefined,
    close: () => undefined,
  };
  return double;
}

/** A memory in which everything is kept already. */
const fullMemory: DocumentMemory = {
  list: () => [],
  kept: () => ({ tokens: 8, complete: true }),
  ensure: async () => undefined,
  mend: () => false,
  touch: () => undefined,
  look: () => undefined,
  pause: () => undefined,
  resume: () => undefined,
  pin: () => undefined,
  evict: async () => undefined,
  makeRoomFor: async () => undefined,
  forget: () => undefined,
  wake: () => undefined,
  retry: () => undefined,
  close: async () => undefined,
};

function says(...pieces: string[]): Writer {
  return async (_params, { onProgress }) => {
    for (const text of pieces) onProgress({ kind: 'text', text });
    return {};
  };
}

const untilAborted: Writer = (_params, { signal, onProgress }) => {
  onProgress({ kind: 'text', text: 'It was' });
  return new Promise((_resolve, reject) =>
    signal.addEventListener('abort', () => reject(new LonghandError('cancelled', 'Stopped.'))),
  );
};

async function setUp(writer: Writer, memory = fullMemory) {
  const { database, library } = openTestLibrary();
  const lighthouse = await addReady(library, 'Eddystone', [
    sectionOf('First light', 'Henry Winstanley lit the first tower in 1698.', 'The reef lies south of Plymouth.'),
  ]);
  const store = openChatStore(database);
  const ended: Message[] = [];
  const log: string[] = [];
  const listeners = {
    onChange: vi.fn(),
    onFound: vi.fn((_message: Message, citations: Citation[]) => log.push(`found ${citations.length}`)),
    onPhase: vi.fn((_message: Message, phase: AnswerPhase) => log.push(phase.phase)),
    onPass: vi.fn(),
    onText: vi.fn((_message: Message, offset: number, text: string) => log.push(`${offset}:${text}`)),
    onEnd: vi.fn((message: Message) => ended.push(message)),
  } satisfies ChatListeners;
  const engine = engineDouble(writer);
  const conversations = openConversationMemories(engine, database);
  const chat = createChat({ library, engine, memory, store, conversations }, listeners);
  const conversation = store.create('', [lighthouse.id]);
  const end = async (): Promise<Message> => {
    await vi.waitFor(() => expect(ended.length).toBeGreaterThan(0));
    const message = ended.shift();
    if (!message) throw new Error('nothing ended');
    return message;
  };
  return { chat, store, library, engine, lighthouse, conversation, listeners, log, end };
}

describe('a pass over all of the documents', () => {
  it('is made when it is asked for, kept when it is stopped, and gone on with', async () => {
    const { chat, conversation, listeners, end, store } = await setUp(untilAborted);
    chat.ask(conversation.id, 'Who lit the first tower?', true);
    await vi.waitFor(() =>
      expect(listeners.onPhase).toHaveBeenCalledWith(expect.anything(), expect.objectContaining({ phase: 'passing' })),
    );
    chat.stop(conversation.id);
    const stopped = await end();
    expect(stopped).toMatchObject({ state: 'stopped', details: { pass: { task: 'answer', windows: 1, parts: [] } } });
    const { answer } = chat.resume(conversation.id);
    await vi.waitFor(() => expect(listeners.onPhase).toHaveBeenCalledTimes(2));
    chat.stop(conversation.id);
    expect((await end()).id).toBe(answer.id);
    expect(store.messages(conversation.id)).toHaveLength(2);
  });

  it('keeps what it has read when the engine fails, also when that is where it went on', async () => {
    let works = true;
    const writer: Writer = async () => {
      if (!works) throw new LonghandError('process-lost', 'The engine stopped.');
      works = false;
      return { text: 'Henry.' };
    };
    const kept = { tokens: 2 * 1024, complete: true };
    const { chat, conversation, listeners, end } = await setUp(writer, { ...fullMemory, kept: () => kept });
    const onePart = { state: 'failed', details: { pass: { windows: 2, parts: [{ text: 'Henry.' }] } } };
    chat.ask(conversation.id, 'Who lit the first tower?', true);
    expect(await end()).toMatchObject(onePart);
    expect(chat.resume(conversation.id).answer).toMatchObject({ details: onePart.details });
    expect(await end()).toMatchObject(onePart);
    works = true;
    chat.resume(conversation.id);
    await vi.waitFor(() =>
      expect(listeners.onPass.mock.lastCall?.[1]).toMatchObject({ windows: 2, parts: { length: 2 } }),
    );
    // The part that lacked, and then the result.
    works = true;
    expect(await end()).toMatchObject({ details: { pass: { windows: 2, parts: { length: 2 } } } });
  });

  it('is made for what does not fit the window, also before its tokens were counted', async () => {
    const { chat, store, library, end } = await setUp(says('Ships.'));
    const huge = await addReady(library, 'Huge', [sectionOf(null, 'Ships sail on the sea. '.repeat(300))]);
    expect(huge.tokenCount).toBeNull();
    const { id } = store.create('', [huge.id]);
    chat.ask(id, 'List all ships.');
    expect((await end()).details?.pass).toMatchObject({ task: 'list' });
  });

  it('tells which mounted documents could not be read', async () => {
    const { chat, store, library, end } = await setUp(says('Ships.'));
    const queued = addQueued(library, 'Later');
    const { id } = store.create('', [queued.id]);
    chat.ask(id, 'How many ships are there?', true);
    expect(await end()).toMatchObject({
      state: 'done',
      text: '',
      details: { read: { leftOut: [{ documentId: queued.id, reason: 'not-ready' }] } },
    });
  });

  it('cannot be gone on with where there was none', async () => {
    const { chat, conversation, end } = await setUp(says('Henry.'));
    chat.ask(conversation.id, 'Who lit the first tower?');
    await end();
    expect(() => chat.resume(conversation.id)).toThrow('There is no pass over the documents');
  });

  it('is not made for what fits the window, unless the person wants it', async () => {
    const { chat, conversation, end } = await setUp(says('A tower.'));
    chat.ask(conversation.id, 'Summarize it.');
    expect((await end()).details?.pass).toBeUndefined();
    chat.ask(conversation.id, 'Summarize it.', true);
    expect((await end()).details?.pass).toMatchObject({ task: 'summarize', windows: 1 });
  });
});

describe('a question', () => {
  it('is answered from the passages that stand out, which are not all that are shown', async () => {
    let prompt = '';
    const { chat, conversation, listeners, end } = await setUp(async ({ prompt: asked }) => {
      prompt = JSON.stringify(asked);
      return { text: 'Henry.' };
    });
    chat.ask(conversation.id, 'Who lit the first tower on the Eddystone?');
    await end();
    const [best, other] = listeners.onFound.mock.lastCall?.[1] ?? [];
    expect(prompt).toContain(best?.quote);
    expect(other?.quote).toBeTruthy();
    expect(prompt).not.toContain(other?.quote);
  });

  it('shows the passages found before the first word, then streams, and is kept with what it rests on', async () => {
    const { chat, store, conversation, lighthouse, log, end } = await setUp(says('Henry Winstanley, ', 'in 1698.'));
    const { answer } = chat.ask(conversation.id, 'Who lit the first tower?');
    expect(answer).toMatchObject({ state: 'streaming', text: '' });
    const message = await end();
    expect(log).toEqual(['searching', 'found 2', 'reading', 'writing', '0:Henry Winstanley, ', '18:in 1698.']);
    expect(message).toMatchObject({
      id: answer.id,
      state: 'done',
      text: 'Henry Winstanley, in 1698.',
      details: {
        citations: [
          { number: 1, documentId: lighthouse.id, supports: true },
          { number: 2, supports: false },
        ],
        read: {
          documents: [{ id: lighthouse.id, whole: true }],
          tokensAttended: 12,
          tokensReused: 2,
          leftOut: [],
        },
        timing: { prefillTokens: 8, prefillTokensPerSecond: 80, decodeTokensPerSecond: 80 },
        unsupported: [],
      },
    });
    expect(store.messages(conversation.id).map(({ text }) => text)).toEqual([
      'Who lit the first tower?',
      'Henry Winstanley, in 1698.',
    ]);
    expect(store.get(conversation.id).title).toBe('Who lit the first tower?');
  });

  it('is marked where the answer names what was not read', async () => {
    const { chat, conversation, end } = await setUp(says('It was John Smeaton in 1759.'));
    chat.ask(conversation.id, 'Who lit the first tower?');
    expect((await end()).details?.unsupported).toEqual(['John Smeaton', '1759']);
  });

  it('tells which mounted documents could not be read', async () => {
    const { chat, store, library, conversation, lighthouse, end } = await setUp(says('Yes.'));
    const queued = addQueued(library, 'Later');
    store.mount(conversation.id, [lighthouse.id, queued.id]);
    chat.ask(conversation.id, 'Is it lit?');
    expect((await end()).details?.read.leftOut).toEqual([
      { documentId: queued.id, title: 'Later', tokens: 0, reason: 'not-ready' },
    ]);
  });

  it('takes earlier turns along', async () => {
    const prompts: GenerateParams['prompt'][] = [];
    const { chat, conversation, end } = await setUp(async (params, { onProgress }) => {
      prompts.push(params.prompt);
      onProgress({ kind: 'text', text: 'In 1698.' });
      return {};
    });
    chat.ask(conversation.id, 'When was the first tower lit?');
    await end();
    chat.ask(conversation.id, 'By whom?');
    await end();
    expect(prompts[1]).toMatchObject({
      messages: [
        { role: 'user', content: 'When was the first tower lit?' },
        { role: 'assistant', content: 'In 1698.' },
        { role: 'user', content: expect.stringMatching(/By whom\?$/) },
      ],
    });
  });
});

describe('stopping', () => {
  it('keeps what stands, with the passages found', async () => {
    const { chat, conversation, listeners, end } = await setUp(untilAborted);
    chat.ask(conversation.id, 'Who lit the first tower?');
    await vi.waitFor(() => expect(listeners.onText).toHaveBeenCalled());
    expect(chat.messages(conversation.id).at(-1)).toMatchObject({ state: 'streaming', text: 'It was' });
    chat.stop(conversation.id);
    expect(await end()).toMatchObject({
      state: 'stopped',
      text: 'It was',
      details: { citations: [{ number: 1 }, { number: 2 }], timing: null },
    });
  });

  it('keeps the passages found when nothing was read yet, as a window sees them that is opened meanwhile', async () => {
    const { chat, conversation, engine, end } = await setUp(says('In 1698.'));
    vi.spyOn(engine, 'ready').mockImplementation(
      (signal) =>
        new Promise((_resolve, reject) =>
          signal?.addEventListener('abort', () => reject(new LonghandError('cancelled', 'Stopped.'))),
        ),
    );
    chat.ask(conversation.id, 'When was it lit?');
    const details = { citations: [{ number: 1 }], timing: null, model: '' };
    await vi.waitFor(() =>
      expect(chat.messages(conversation.id).at(-1)).toMatchObject({ state: 'streaming', details }),
    );
    chat.stop(conversation.id);
    expect(await end()).toMatchObject({ state: 'stopped', text: '', details });
  });

  it('is needed before another question, and comes with removing the conversation', async () => {
    const { chat, store, conversation, listeners } = await setUp(untilAborted);
    chat.ask(conversation.id, 'Who lit the first tower?');
    expect(() => chat.ask(conversation.id, 'And then?')).toThrow(/still being written/);
    expect(() => chat.regenerate(conversation.id)).toThrow(/still being written/);
    await vi.waitFor(() => expect(listeners.onText).toHaveBeenCalled());
    chat.remove(conversation.id);
    expect(store.list()).toEqual([]);
    await vi.waitFor(() => expect(() => chat.stop(conversation.id)).not.toThrow());
    expect(listeners.onEnd).not.toHaveBeenCalled();
  });
});

describe('an engine that is lost before it reads', () => {
  const lost = new LonghandError('process-lost', 'The connection was lost before the answer came.');

  it('costs nothing: the answer waits for the one that is started in its place', async () => {
    const { chat, conversation, engine, end } = await setUp(says('In 1698.'));
    vi.spyOn(engine, 'ready').mockRejectedValueOnce(lost);
    vi.spyOn(engine, 'countTokens').mockRejectedValueOnce(lost);
    chat.ask(conversation.id, 'When was it lit?');
    expect(await end()).toMatchObject({ state: 'done', text: 'In 1698.' });
  });

  it('costs nothing either while it reads the question', async () => {
    let calls = 0;
    const { chat, conversation, end } = await setUp(async (params, options) => {
      if (calls++ === 0) throw lost;
      return says('In 1698.')(params, options);
    });
    chat.ask(conversation.id, 'When was it lit?');
    expect(await end()).toMatchObject({ state: 'done', text: 'In 1698.' });
  });

  it('is exchanged for another model: that one reads, writes and is named', async () => {
    const { chat, conversation, engine, end } = await setUp(says('In 1698.'));
    const other = { ...info, modelName: 'Other' };
    const prepared: unknown[] = [];
    vi.spyOn(engine, 'ready').mockResolvedValueOnce(info).mockResolvedValue(other);
    const { answer } = engine;
    vi.spyOn(engine, 'answer').mockImplementation(async (params, options) => {
      prepared.push(options.preparedFor);
      if (options.preparedFor !== other) throw lost;
      return answer(params, options);
    });
    chat.ask(conversation.id, 'When was it lit?');
    expect(await end()).toMatchObject({ state: 'done', text: 'In 1698.', details: { model: 'Other' } });
    expect(prepared).toEqual([info, other]);
  });

  it('is told when it does not start again, beside the passages found', async () => {
    const { chat, conversation, engine, end } = await setUp(says('In 1698.'));
    vi.spyOn(engine, 'ready').mockRejectedValue(lost);
    vi.spyOn(engine, 'status').mockReturnValue({ state: 'failed', reason: 'It stopped 4 times in a row.' });
    chat.ask(conversation.id, 'When was it lit?');
    expect(await end()).toMatchObject({
      state: 'failed',
      error: 'It stopped 4 times in a row.',
      details: { citations: [{ number: 1 }], model: '' },
    });
  });

  it('is not waited for without end', async () => {
    const { chat, conversation, engine, end } = await setUp(says('In 1698.'));
    vi.spyOn(engine, 'ready').mockRejectedValue(lost);
    chat.ask(conversation.id, 'When was it lit?');
    expect(await end()).toMatchObject({ state: 'failed', error: lost.message });
  });
});

describe('what is kept of a document', () => {
  it('is handed over as it was mounted, so that what is missing is read again', async () => {
    const mend = vi.fn(() => true);
    const { chat, conversation, engine, lighthouse, end } = await setUp(says('In 1698.'), { ...fullMemory, mend });
    const { answer } = engine;
    vi.spyOn(engine, 'answer').mockImplementation(async (params, options) => ({
      ...(await answer(params, options)),
      mounted: [],
    }));
    chat.ask(conversation.id, 'When was it lit?');
    await end();
    expect(mend).toHaveBeenCalledExactlyOnceWith([lighthouse.id], []);
  });
});

describe('a full disk', () => {
  it('ends an answer that can no longer be stored, says so, and leaves the conversation free', async () => {
    const { chat, store, conversation, end } = await setUp(says('In 1698.'));
    const update = vi.spyOn(store, 'update').mockImplementation(() => {
      throw new LonghandError('disk', 'The disk is full.');
    });
    const { answer } = chat.ask(conversation.id, 'When was it lit?');
    expect(await end()).toMatchObject({ id: answer.id, state: 'failed', error: 'The disk is full.' });
    expect(chat.messages(conversation.id).at(-1)).toMatchObject({ id: answer.id, state: 'stopped' });
    update.mockRestore();
    chat.regenerate(conversation.id);
    expect(await end()).toMatchObject({ state: 'done', text: 'In 1698.' });
  });
});

describe('an answer that goes round in circles', () => {
  it('is kept without what it said again', async () => {
    const { chat, conversation, end } = await setUp(async (_params, { onProgress }) => {
      for (const text of ['In 1698.', ' In 1698.', ' In 1698.']) onProgress({ kind: 'text', text });
      return { text: 'In 1698.', finishReason: 'repeat' };
    });
    chat.ask(conversation.id, 'When was it lit?');
    expect(await end()).toMatchObject({ state: 'done', text: 'In 1698.', details: { cut: false } });
    expect(chat.messages(conversation.id).at(-1)?.text).toBe('In 1698.');
  });
});

describe('an answer that fails', () => {
  it('says why, keeps what stands, and can be written anew', async () => {
    let lost = true;
    const { chat, store, conversation, end } = await setUp(async (params, options) => {
      if (!lost) return says('In 1698.')(params, options);
      lost = false;
      options.onProgress({ kind: 'text', text: 'It' });
      throw new LonghandError('process-lost', 'The engine stopped in the middle of this answer.');
    });
    chat.ask(conversation.id, 'When was it lit?');
    expect(await end()).toMatchObject({
      state: 'failed',
      text: 'It',
      error: 'The engine stopped in the middle of this answer.',
      details: { citations: [{ number: 1 }] },
    });
    chat.regenerate(conversation.id);
    expect(await end()).toMatchObject({ state: 'done', text: 'In 1698.' });
    expect(store.messages(conversation.id).map(({ text }) => text)).toEqual(['When was it lit?', 'In 1698.']);
  });
});
