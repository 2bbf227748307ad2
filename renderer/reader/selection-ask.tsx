import { MessageSquareQuote } from 'lucide-react';
import { type ReactNode, type RefObject, useEffect, useState } from 'react';
import { useModel } from '../app/model.ts';
import { Button } from '../design/button.tsx';
import { useTexts } from '../i18n/i18n.ts';
import styles from './selection-ask.module.css';

const shortestSelection = 2;
const mostQuoted = 4000;

interface Selected {
  text: string;
  /** Where the button goes, in CSS pixels of the window. */
  x: number;
  y: number;
}

/** What is selected inside an element, if anything. */
function selectionWithin(element: HTMLElement): Selected | null {
  const selection = window.getSelection();
  if (!selection || selection.isCollapsed || selection.rangeCount === 0) return null;
  const range = selection.getRangeAt(0);
  if (!element.contains(range.commonAncestorContainer)) return null;
  const text = selection.toString().trim();
  if (text.length < shortestSelection) return null;
  const rectangle = range.getBoundingClientRect();
  const bounds = element.getBoundingClientRect();
  return {
    text: text.slice(0, mostQuoted),
    x: Math.min(Math.max(rectangle.left + rectangle.width / 2, bounds.left + 80), bounds.right - 80),
    y: Math.min(Math.max(rectangle.bottom + 8, bounds.top + 8), bounds.bottom - 44),
  };
}

/** Offers to ask about the text that is selected in the reader. */
export function SelectionAsk({ within }: { within: RefObject<HTMLElement | null> }): ReactNode {
  const { t } = useTexts();
  const { chat } = useModel();
  const [selected, setSelected] = useState<Selected | null>(null);

  useEffect(() => {
    const update = (): void => setSelected(within.current && selectionWithin(within.current));
    document.addEventListener('selectionchange', update);
    window.addEventListener('scroll', update, { capture: true, passive: true });
    return () => {
      document.removeEventListener('selectionchange', update);
      window.removeEventListener('scroll', update, { capture: true });
    };
  }, [within]);

  if (!selected) return null;
  return (
    <div className={styles.ask} style={{ left: selected.x, top: selected.y }}>
      <Button
        kind="primary"
        // A press must not clear the selection before the click is counted.
        onPointerDown={(event) => event.preventDefault()}
        onClick={() => {
          chat.getState().quote(selected.text);
          window.getSelection()?.removeAllRanges();
        }}
      >
        <MessageSquareQuote size={15} aria-hidden="true" />
        {t('reader.ask')}
      </Button>
    </div>
  );
}
