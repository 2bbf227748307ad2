import { useCallback, useEffect, useRef, useState } from 'react';
import { useModel } from '../app/model.ts';

const batch = 20;

export interface Sections {
  /** The text of each section that is there, by ordinal. */
  texts: ReadonlyMap<number, string>;
  /** Asks for a section; it comes with its neighbours, once. */
  request(ordinal: number): void;
}

/** The texts of a document's sections, fetched as they are asked for. */
export function useSections(documentId: string): Sections {
  const { connection, notices } = useModel();
  const [texts, setTexts] = useState<ReadonlyMap<number, string>>(new Map());
  const requested = useRef(new Set<number>());

  const fetchBatch = useCallback(
    async (from: number): Promise<void> => {
      const sections = await connection.request('library.sections', { id: documentId, from, count: batch });
      setTexts((before) => new Map([...before, ...sections.map(({ ordinal, text }) => [ordinal, text] as const)]));
    },
    [documentId, connection],
  );

  const request = useCallback(
    (ordinal: number): void => {
      const from = Math.floor(ordinal / batch) * batch;
      if (requested.current.has(from)) return;
      requested.current.add(from);
      void notices.getState().guard(() =>
        fetchBatch(from).catch((thrown: unknown) => {
          // It is asked for again when it comes into view.
          requested.current.delete(from);
          throw thrown;
        }),
      );
    },
    [fetchBatch, notices],
  );

  // A recording grows while it is heard, and may be corrected.
  useEffect(() => {
    let sectionCount = 0;
    return connection.on('library.changed', (entry) => {
      if (entry.id !== documentId || (entry.state !== 'ready' && entry.sectionCount === sectionCount)) return;
      sectionCount = entry.sectionCount;
      for (const from of requested.current) void notices.getState().guard(() => fetchBatch(from));
    });
  }, [documentId, connection, notices, fetchBatch]);
  return { texts, request };
}
