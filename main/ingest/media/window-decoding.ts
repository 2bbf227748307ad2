/**
 * Decoding by a window, whose browser knows codecs that main does not. A window that can asks for work and waits; main
 * hands it a recording, and takes its sound as fast as it is heard, because a window sends the next piece only when
 * the last one was taken. A window may go at any time, and with it what it was decoding.
 */
import { LonghandError } from '../../../base/errors.ts';
import type { DocumentKind } from '../../library/schema.ts';
import type { GreyImage } from '../../perception/ocr.ts';

/** A recording or an image to be decoded. */
export interface DecodingTask {
  id: string;
  kind: DocumentKind;
  fileName: string;
  /** Seconds from its beginning. */
  from: number;
}

/** Sound at 16 kHz up to the second `end`, or a picture that stands at the second `at`, with a small JPEG file of it. */
export type Piece =
  | { kind: 'sound'; samples: Float32Array<ArrayBuffer>; end: number }
  | ({ kind: 'picture'; at: number; thumbnail: Uint8Array } & GreyImage);

/** A window's side. */
export interface WindowDecoder {
  /** The next recording to decode; waits for one. Throws `cancelled` when the signal fires. */
  take(signal: AbortSignal): Promise<DecodingTask>;
  /** Hands over the next piece; resolves when it was taken: false when no more is wanted. */
  give(id: string, piece: Piece): Promise<boolean>;
  /**
   * The recording is at its end, or cannot be decoded, with the sentence that says why; `leftOut` is one for a part of
   * it that could not.
   */
  end(id: string, problem: string | null, leftOut: string | null): void;
  /** The window is gone. */
  close(): void;
}

export interface WindowDecoding {
  /** True when a window waits for work. */
  available(): boolean;
  /** Calls `listener` when a window begins to wait for work. */
  onAvailable(listener: () => void): void;
  /**
   * Has a recording decoded by a window that waits. Throws `WindowGone` when there is none or it goes, and
   * `unsupported` with its sentence when it cannot decode the recording. Returns the sentence for what it could not.
   */
  decode(task: DecodingTask, signal: AbortSignal): AsyncGenerator<Piece, LeftOut>;
  connect(): WindowDecoder;
}

/** A recording that a window is decoding. */
interface Job {
  task: DecodingTask;
  /** The piece that waits to be taken, and what tells the window that it was. */
  offered: { piece: Piece; taken(wanted: boolean): void } | undefined;
  outcome: { problem: LonghandError | null; leftOut?: LeftOut } | undefined;
  /** Wakes who waits for the next piece, or for the end. */
  wake(): void;
}

/** A sentence for what of a recording could not be decoded, if anything. */
type LeftOut = string | null;

/** The window that decoded a recording is gone: another may go on. */
export class WindowGone extends LonghandError {
  constructor() {
    super('process-lost', 'The window that decoded the recording was closed.');
  }
}

export function createWindowDecoding(): WindowDecoding {
  /** Windows that wait, with what gives them work. */
  const waiting = new Set<(job: Job) => void>();
  const listeners: (() => void)[] = [];

  async function* pieces(job: Job, signal: AbortSignal): AsyncGenerator<Piece, LeftOut> {
    const stop = (): void => job.wake();
    signal.addEventListener('abort', stop, { once: true });
    try {
      while (!signal.aborted) {
        if (job.offered) {
          const { piece, taken } = job.offered;
          job.offered = undefined;
          yield piece;
          taken(!signal.aborted);
        } else if (job.outcome) {
          if (job.outcome.problem) throw job.outcome.problem;
          return job.outcome.leftOut ?? null;
        } else
          await new Promise<void>((resolve) => {
            job.wake = resolve;
          });
      }
      throw new LonghandError('cancelled', 'Stopped.');
    } finally {
      signal.removeEventListener('abort', stop);
      job.offered?.taken(false);
      job.offered = undefined;
      job.outcome ??= { problem: null };
    }
  }

  function connect(): WindowDecoder {
    let own: Job | undefined;
    let give: ((job: Job) => void) | undefined;
    const jobOf = (id: string): Job | undefined => (own?.task.id === id && !own.outcome ? own : undefined);

    return {
      take(signal) {
        own = undefined;
        return new Promise((resolve, reject) => {
          const start = (job: Job): void => {
            own = job;
            waiting.delete(start);
            resolve(job.task);
          };
          give = start;
          waiting.add(start);
          signal.addEventListener('abort', () => {
            waiting.delete(start);
            reject(new LonghandError('cancelled', 'Stopped.'));
          });
          for (const listener of listeners) listener();
        });
      },
      give(id, piece) {
        const job = jobOf(id);
        if (!job) return Promise.resolve(false);
        if (job.offered) throw new LonghandError('bad-request', 'The piece before was not taken yet.');
        return new Promise((taken) => {
          job.offered = { piece, taken };
          job.wake();
        });
      },
      end(id, problem, leftOut) {
        const job = jobOf(id);
        if (!job) return;
        job.outcome = { problem: problem === null ? null : new LonghandError('unsupported', problem), leftOut };
        job.wake();
      },
      close() {
        if (give) waiting.delete(give);
        if (!own || own.outcome) return;
        own.outcome = { problem: new WindowGone() };
        own.wake();
      },
    };
  }

  return {
    available: () => waiting.size > 0,
    onAvailable: (listener) => void listeners.push(listener),
    async *decode(task, signal) {
      const [give] = waiting;
      if (!give) throw new WindowGone();
      const job: Job = { task, offered: undefined, outcome: undefined, wake: () => undefined };
      give(job);
      return yield* pieces(job, signal);
    },
    connect,
  };
}
