import { type ReactNode, type RefObject, useCallback, useEffect, useRef, useState } from 'react';

interface ScrollBoxProps {
  className?: string | undefined;
  label: string;
  children: ReactNode;
}

/** A box that scrolls sideways; it can be focused, for the keyboard, exactly while there is something to scroll. */
export function ScrollBox({ className, label, children }: ScrollBoxProps): ReactNode {
  const box = useRef<HTMLElement>(null);
  useEffect(() => {
    const element = box.current;
    if (!element) return;
    const update = (): void => {
      if (element.scrollWidth > element.clientWidth + 1) element.tabIndex = 0;
      else element.removeAttribute('tabindex');
    };
    const observer = new ResizeObserver(update);
    observer.observe(element);
    update();
    return () => observer.disconnect();
  }, []);
  return (
    <figure ref={box} className={className} aria-label={label}>
      {children}
    </figure>
  );
}

/** A ref for a region that scrolls: makes it focusable, so that the keyboard scrolls it in every browser. */
export function keyboardScrolled(element: HTMLElement | null): void {
  if (element) element.tabIndex = 0;
}

export interface Scroller {
  /** Null until it is drawn. */
  element: HTMLElement | null;
  /** The same element, for what takes a ref. */
  ref: RefObject<HTMLElement | null>;
  /** The ref to give to the element. */
  attach(element: HTMLElement | null): void;
}

/** An element that scrolls: known to what is drawn in it, and focusable. */
export function useScroller(): Scroller {
  const ref = useRef<HTMLElement>(null);
  const [element, setElement] = useState<HTMLElement | null>(null);
  const attach = useCallback((next: HTMLElement | null) => {
    ref.current = next;
    setElement(next);
    keyboardScrolled(next);
  }, []);
  return { element, ref, attach };
}
