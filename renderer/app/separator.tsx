import { type KeyboardEvent, type PointerEvent, type ReactNode, useRef } from 'react';
import { paneLimits } from './layout-store.ts';
import { useLayout } from './model.ts';
import styles from './separator.module.css';

interface SeparatorProps {
  label: string;
  /** Which width it changes. */
  pane: keyof typeof paneLimits;
  /** The side of the pane it stands at. */
  side: 'left' | 'right';
  /** The pane's width as it is shown, in CSS pixels. */
  width: number;
}

const step = 16;
const largeStep = 64;

/** The edge of a pane that is dragged, or moved with the arrow keys; it belongs inside the pane. */
export function Separator({ label, pane, side, width }: SeparatorProps): ReactNode {
  const resize = useLayout((state) => state.resize);
  const dragged = useRef<{ x: number; width: number } | null>(null);
  const { least, most } = paneLimits[pane];
  const sign = side === 'right' ? 1 : -1;

  function onKeyDown(event: KeyboardEvent): void {
    const by = event.shiftKey ? largeStep : step;
    const targets: Record<string, number> = {
      ArrowRight: width + sign * by,
      ArrowLeft: width - sign * by,
      Home: least,
      End: most,
    };
    const target = targets[event.key];
    if (target === undefined) return;
    event.preventDefault();
    resize(pane, target);
  }

  function onPointerDown(event: PointerEvent<HTMLElement>): void {
    dragged.current = { x: event.clientX, width };
    event.currentTarget.setPointerCapture(event.pointerId);
  }

  function onPointerMove(event: PointerEvent): void {
    if (dragged.current) resize(pane, dragged.current.width + sign * (event.clientX - dragged.current.x));
  }

  return (
    <hr
      tabIndex={0}
      className={styles.separator}
      data-side={side}
      aria-label={label}
      aria-orientation="vertical"
      aria-valuenow={Math.round(width)}
      aria-valuemin={least}
      aria-valuemax={most}
      onKeyDown={onKeyDown}
      onPointerDown={onPointerDown}
      onPointerMove={onPointerMove}
      onPointerUp={() => {
        dragged.current = null;
      }}
    />
  );
}
