import { useRef } from 'react';

type Place = () => Element | null | undefined;

/** Where the focus may go back to; the first that is still shown counts. */
function placesOf(element: Element | null): Place[] {
  const row = element?.closest('[data-row]');
  const pane = element?.closest('[data-pane]');
  return [
    () => (element === document.body ? null : element),
    () => row?.querySelector('[data-row-focus]'),
    () => pane?.querySelector('[data-pane-focus]'),
    () => pane,
    () => document.querySelector('main [data-pane-focus]'),
    () => [...document.querySelectorAll('[data-pane]')].find((other) => other.checkVisibility()),
  ];
}

function focusFirst(places: readonly Place[]): void {
  const element = places.map((place) => place()).find((candidate) => candidate?.checkVisibility());
  // It had the focus where the page stands, or is near: nothing has to be brought into view.
  if (element instanceof HTMLElement) element.focus({ preventScroll: true });
}

/** Nothing that is shown has the focus: what had it is gone, or hidden. */
export function focusIsLost(): boolean {
  const { activeElement, body } = document;
  return !activeElement || activeElement === body || !activeElement.checkVisibility();
}

/** Finds another place for the focus of what is being removed, unless something takes it meanwhile. */
function passOn(places: readonly Place[]): void {
  queueMicrotask(() => {
    if (focusIsLost()) focusFirst(places);
  });
}

/** A ref for what may go while it has the focus: the focus then goes to what is nearest. */
export function passFocusOn(element: HTMLElement | null): (() => void) | undefined {
  if (!element) return;
  return () => {
    if (element.contains(document.activeElement)) passOn(placesOf(element));
  };
}

/** The same for what is opened from elsewhere: the focus goes back to what had it before, as long as that is there. */
export function giveFocusBack(element: HTMLElement | null): (() => void) | undefined {
  if (!element) return;
  const before = placesOf(document.activeElement);
  return () => {
    if (element.contains(document.activeElement)) passOn([...before, ...placesOf(element)]);
  };
}

/**
 * For a dialog that no button of its own opens: gives the focus back to what had it before, or to what is nearest to that
 * when it is gone.
 */
export function useFocusBack(): {
  remember(): void;
  /** What had the focus is about to go, with the row that it is in. */
  forget(): void;
  restore(event: Event): void;
} {
  const places = useRef<Place[]>([]);
  return {
    forget: () => {
      places.current.splice(0, 2);
    },
    remember: () => {
      places.current = placesOf(document.activeElement);
    },
    restore: (event) => {
      event.preventDefault();
      focusFirst(places.current);
    },
  };
}
