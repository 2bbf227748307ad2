import { memo, type ReactNode, useMemo } from 'react';
import { Markdown } from '../markdown/markdown.tsx';
import { rehypeMarkSource } from '../markdown/marks.ts';
import { dollarsAreMath } from '../markdown/prepare.ts';
import { paragraphs } from './paragraphs.ts';
import styles from './section-text.module.css';

interface SectionTextProps {
  text: string;
  format: 'plain' | 'markdown';
  /** Characters of the text to highlight. */
  range: { start: number; end: number } | null;
}

const mark = { tagName: 'mark', properties: { className: ['cited'] } };

/** The text of a section with the cited passage marked. */
export const SectionText = memo(function SectionText({ text, format, range }: SectionTextProps): ReactNode {
  const start = range?.start;
  const end = range?.end;
  const marks = useMemo(
    () =>
      start === undefined || end === undefined
        ? undefined
        : ([[rehypeMarkSource, { source: text, start, end, mark }]] as [
            typeof rehypeMarkSource,
            Parameters<typeof rehypeMarkSource>[0],
          ][]),
    [text, start, end],
  );
  const math = useMemo(() => dollarsAreMath(text), [text]);
  if (format === 'plain') return <PlainText text={text} start={start} end={end} />;
  return (
    <div className={styles.text}>
      <Markdown text={text} math={math} {...(marks && { marks })} />
    </div>
  );
});

interface PlainTextProps {
  text: string;
  start: number | undefined;
  end: number | undefined;
}

function PlainText({ text, start, end }: PlainTextProps): ReactNode {
  return (
    <div className={styles.plain}>
      {paragraphs(text, start, end).map(({ at, pieces }) => (
        <p key={at} dir="auto">
          {pieces.map((piece) =>
            piece.marked ? (
              <mark key={piece.at} className="cited">
                {piece.text}
              </mark>
            ) : (
              piece.text
            ),
          )}
        </p>
      ))}
    </div>
  );
}
