import { useMemo } from 'react';
import type { Citation, Message } from '../../main/ipc/contract.ts';
import { useChat } from '../app/model.ts';
import { citationsOf, type LiveAnswer } from '../chat/answer-events.ts';

export interface Source {
  number: number;
  startMs: number;
  endMs: number;
}

/** The citations of the last answer that lie in a recording. */
export function sourcesIn(
  documentId: string,
  messages: readonly Message[],
  live: Readonly<Record<string, LiveAnswer>>,
): Source[] {
  const answer = messages.findLast(({ role }) => role === 'assistant');
  const citations: readonly Citation[] = answer ? citationsOf(answer, live[answer.id]) : [];
  return citations.flatMap(({ documentId: of, anchor, number }) =>
    of === documentId && anchor.kind === 'time' ? [{ number, startMs: anchor.startMs, endMs: anchor.endMs }] : [],
  );
}

/** The citations of the open conversation's last answer that lie in a recording. */
export function useSources(documentId: string): Source[] {
  const messages = useChat((state) => state.messages);
  const live = useChat((state) => state.live);
  return useMemo(() => sourcesIn(documentId, messages, live), [documentId, messages, live]);
}
