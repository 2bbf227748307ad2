/** What a window remembers by itself: sizes of panes, the conversation that was open, and questions not asked yet. */

/** The remembered value of `key`, or `fallback` when there is none that `accept` accepts. */
export function recall<T>(key: string, fallback: T, accept: (value: unknown) => value is T): T {
  try {
    const value: unknown = JSON.parse(localStorage.getItem(`longhand.${key}`) ?? 'null');
    return accept(value) ? value : fallback;
  } catch {
    return fallback;
  }
}

/** Remembers a value; a full or forbidden storage is no reason to stop. */
export function remember(key: string, value: unknown): void {
  try {
    localStorage.setItem(`longhand.${key}`, JSON.stringify(value));
  } catch {
    // The window works without a memory of its own.
  }
}

/** Remembers nothing for `key` any more. */
export function forget(key: string): void {
  try {
    localStorage.removeItem(`longhand.${key}`);
  } catch {
    // There is nothing to forget.
  }
}
