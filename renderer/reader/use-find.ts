import { useEffect, useRef, useState } from 'react';
import { useModel } from '../app/model.ts';
import { findMatches, findRanges, type Match, mostMatches } from './find.ts';

const batch = 100;
const pauseMs = 200;

export interface Find {
  query: string;
  matches: Match[];
  /** Which match is shown; -1 before there is one. */
  current: number;
  searching: boolean;
  setQuery(query: string): void;
  step(by: number): void;
}

/** Finds text in a document by reading all of its sections, a portion at a time. */
export function useFind(documentId: string, sectionCount: number): Find {
  const { connection, notices } = useModel();
  const [query, setQuery] = useState('');
  const [found, setFound] = useState<{ matches: Match[]; current: number }>({ matches: [], current: -1 });
  const [searching, setSearching] = useState(false);

  useEffect(() => {
    setFound({ matches: [], current: -1 });
    if (query.trim() === '') return;
    const controller = new AbortController();
    const { signal } = controller;

    async function search(): Promise<void> {
      setSearching(true);
      let room = mostMatches;
      for (let from = 0; from < sectionCount && room > 0 && !signal.aborted; from += batch) {
        const sections = await connection.request(
          'library.sections',
          { id: documentId, from, count: batch },
          { signal },
        );
        const more = findMatches(sections, query, room);
        room -= more.length;
        if (more.length > 0 && !signal.aborted)
          setFound(({ matches, current }) => ({ matches: [...matches, ...more], current: Math.max(current, 0) }));
      }
    }
    const searchToEnd = (): Promise<void> => search().finally(() => !signal.aborted && setSearching(false));
    const timer = setTimeout(() => void notices.getState().guard(searchToEnd), pauseMs);
    return () => {
      clearTimeout(timer);
      controller.abort();
      setSearching(false);
    };
  }, [query, documentId, sectionCount, connection, notices]);

  return {
    query,
    ...found,
    searching,
    setQuery,
    step(by) {
      const { matches, current } = found;
      if (matches.length > 0) setFound({ matches, current: (current + by + matches.length) % matches.length });
    },
  };
}

/**
 * Highlights the query in every section that is drawn below `root`, and the current match apart.
 * Sections are elements with `data-ordinal`; they come and go as one scrolls.
 */
export function useFindHighlights(root: HTMLElement | null, { query, matches, current }: Find): void {
  const scrolledTo = useRef<Match | undefined>(undefined);
  const match = matches[current];

  useEffect(() => {
    if (!root || query.trim() === '' || !('highlights' in CSS)) return;

    function draw(): void {
      const all = new Highlight();
      const here = new Highlight();
      for (const section of root?.querySelectorAll<HTMLElement>('[data-ordinal]') ?? []) {
        const ranges = findRanges(section, query);
        const isCurrent = Number(section.dataset.ordinal) === match?.ordinal;
        ranges.forEach((range, index) => {
          const shown = isCurrent && index === Math.min(match?.index ?? 0, ranges.length - 1);
          (shown ? here : all).add(range);
          if (!shown || scrolledTo.current === match) return;
          scrolledTo.current = match;
          range.startContainer.parentElement?.scrollIntoView({ block: 'center' });
        });
      }
      CSS.highlights.set('found', all);
      CSS.highlights.set('found-here', here);
    }

    let frame = requestAnimationFrame(draw);
    const observer = new MutationObserver(() => {
      cancelAnimationFrame(frame);
      frame = requestAnimationFrame(draw);
    });
    observer.observe(root, { childList: true, subtree: true });
    return () => {
      cancelAnimationFrame(frame);
      observer.disconnect();
      CSS.highlights.delete('found');
      CSS.highlights.delete('found-here');
    };
  }, [root, query, match]);
}
