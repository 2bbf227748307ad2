import { type RefObject, useLayoutEffect, useRef } from 'react';
import { useReader } from '../app/model.ts';
import { focusIsLost, giveFocusBack } from '../design/use-focus-back.ts';

/** A ref for the reader: when it closes with the focus in it, that goes back to what opened it last. */
export function useReaderFocus(): RefObject<HTMLElement | null> {
  const visit = useReader((state) => state.visit);
  const pane = useRef<HTMLElement>(null);
  useLayoutEffect(() => {
    if (visit === 0) return;
    const goBack = giveFocusBack(pane.current);
    // What opened it is gone or hidden, as the conversation is where the reader takes its place.
    if (focusIsLost()) pane.current?.focus();
    return goBack;
  }, [visit]);
  return pane;
}
