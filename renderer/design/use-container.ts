import { useCallback, useState } from 'react';

/**
 * Where something that opens over the page belongs: the nearest element around its trigger that
 * matches `selector`, so that a screen reader finds it in that landmark. Gives the ref for the trigger.
 */
export function useContainer(selector: string): [HTMLElement | null, (trigger: HTMLElement | null) => void] {
  const [container, setContainer] = useState<HTMLElement | null>(null);
  const attach = useCallback(
    (trigger: HTMLElement | null) => setContainer(trigger?.closest<HTMLElement>(selector) ?? null),
    [selector],
  );
  return [container, attach];
}
