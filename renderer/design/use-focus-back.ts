import { useRef } from 'react';

/** Where the focus may go back to; the first that is still there counts. */
function placesOf(element: Element | null): (() => Element | null | undefined)[] {
  const pane = element?.closest('[data-pane]');
  return [
    () => (element === document.body ? null : element),
    () => pane?.querySelector('[data-pane-focus]'),
    () => pane,
    () => document.querySelector('main [data-pane-focus]'),
  ];
}

/**
 * For a dialog that no button of its own opens: gives the focus back to what had it before, or to what is nearest to that
 * when it is gone.
 */
export function useFocusBack(): {
  remember(): void;
  /** What had the focus is about to go. */
  forget(): void;
  restore(event: Event): void;
} {
  const places = useRef<ReturnType<typeof placesOf>>([]);
  return {
    forget: () => {
      places.current.shift();
    },
    remember: () => {
      places.current = placesOf(document.activeElement);
    },
    restore: (event) => {
      event.preventDefault();
      const element = places.current.map((place) => place()).find((candidate) => candidate?.isConnected);
      if (element instanceof HTMLElement) element.focus();
    },
  };
}
