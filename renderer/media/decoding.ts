/** Decodes recordings for main while the window is open: it asks for one, decodes it, and asks for the next. */
import { errorData } from '../../base/errors.ts';
import type { DocumentKind } from '../../main/ipc/contract.ts';
import type { Connection } from '../app/connection.ts';
import type { FromDecoder, ToDecoder } from './decoder-messages.ts';

/** The part of a `Worker` that is used. */
export interface DecoderWorker {
  postMessage(message: ToDecoder): void;
  onmessage: ((event: MessageEvent<FromDecoder>) => void) | null;
  onerror: ((event: ErrorEvent) => void) | null;
  terminate(): void;
}

const makeWorker = (): DecoderWorker => new Worker(new URL('./decoder-worker.ts', import.meta.url), { type: 'module' });

interface Task {
  id: string;
  kind: DocumentKind;
  fileName: string;
  from: number;
}

/** Takes work from main each time the connection opens, until it is lost. */
export function decodeForMain(connection: Connection, openWorker: () => DecoderWorker = makeWorker): void {
  let working = false;

  async function work(): Promise<void> {
    if (working) return;
    working = true;
    try {
      for (;;) await decode(await connection.request('media.take', {}), connection, openWorker);
    } catch (thrown) {
      // When the connection is there again there is another beginning.
      if (errorData(thrown).code !== 'process-lost') throw thrown;
    } finally {
      working = false;
    }
  }

  connection.onState((state) => {
    if (state === 'open') void work();
  });
}

/** Decodes one recording; resolves when main has all of it, or wants no more. */
function decode(
  { id, kind, fileName, from }: Task,
  connection: Connection,
  openWorker: () => DecoderWorker,
): Promise<void> {
  const worker = openWorker();
  return new Promise<void>((resolve, reject) => {
    const end = async (problem: string | null, leftOut: string | null): Promise<void> => {
      await connection.request('media.end', { id, problem, leftOut });
      resolve();
    };
    const give = async (piece: Exclude<FromDecoder, { kind: 'end' }>): Promise<void> => {
      const { wanted } = await connection.request('media.give', { id, piece });
      if (wanted) worker.postMessage({ kind: 'more' });
      else resolve();
    };
    // A recording with a piece that is refused must not keep those that wait behind it.
    const fail = (thrown: unknown): Promise<void> => {
      const { code, message } = errorData(thrown);
      if (code === 'process-lost') throw thrown;
      return end(`“${fileName}” could not be decoded: ${message}`, null);
    };
    worker.onmessage = ({ data }) => {
      (data.kind === 'end' ? end(data.problem, data.leftOut) : give(data).catch(fail)).catch(reject);
    };
    worker.onerror = ({ message }) => {
      end(`“${fileName}” could not be decoded: ${message || 'the decoder stopped'}.`, null).catch(reject);
    };
    const url = new URL(`/documents/${id}/file`, location.href).href;
    worker.postMessage({ kind: 'start', url, isImage: kind === 'image', fileName, from });
  }).finally(() => worker.terminate());
}
