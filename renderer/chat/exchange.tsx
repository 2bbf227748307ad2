import { type ReactNode, type RefObject, useDeferredValue, useMemo } from 'react';
import type { Citation, Message } from '../../main/ipc/contract.ts';
import { useChat, useModel } from '../app/model.ts';
import { useTexts } from '../i18n/i18n.ts';
import { Markdown } from '../markdown/markdown.tsx';
import { rehypeMarkText } from '../markdown/marks.ts';
import { completeMarkdown, normalizeMath } from '../markdown/prepare.ts';
import { citationsOf, type Exchange, exchangeId, passOf } from './answer-events.ts';
import { AnswerFooter } from './answer-footer.tsx';
import { answerMarks } from './answer-marks.ts';
import { AnswerOutcome } from './answer-outcome.tsx';
import styles from './exchange.module.css';
import { PassParts } from './pass-parts.tsx';
import { PhaseLine } from './phase-line.tsx';
import { Sources } from './sources.tsx';

interface ExchangeViewProps {
  exchange: Exchange;
  last: boolean;
  /** Gets the element at the end of the answer. */
  end: RefObject<HTMLDivElement | null> | null;
}

/** A question, the passages found for it, and the answer. */
export function ExchangeView({ exchange, last, end }: ExchangeViewProps): ReactNode {
  const { question, answer } = exchange;
  const { t } = useTexts();
  const live = useChat((state) => (answer ? state.live[answer.id] : undefined));
  const citations = answer ? citationsOf(answer, live) : [];
  const found = live !== undefined || answer?.details != null;
  const pass = answer ? passOf(answer, live) : undefined;
  return (
    <article id={exchangeId(exchange)} className={styles.exchange} data-last={last}>
      {question && <Question text={question.text} />}
      {pass && <PassParts pass={pass} />}
      {answer && found && !pass && (
        <Sources citations={citations} question={question?.text ?? ''} settled={answer.state !== 'streaming'} />
      )}
      {answer && (
        <section className={styles.answer} aria-label={t('chat.answer')}>
          <AnswerText answer={answer} citations={citations} />
          {answer.state === 'streaming' && (
            <PhaseLine phase={live?.phase ?? (answer.text === '' ? null : { phase: 'writing' })} />
          )}
          <AnswerOutcome answer={answer} last={last} />
          {answer.state !== 'streaming' && <AnswerFooter answer={answer} citations={citations} last={last} />}
          {end && <div ref={end} className={styles.end} />}
        </section>
      )}
    </article>
  );
}

/** A question as it was typed; quoted lines stand apart. */
function Question({ text }: { text: string }): ReactNode {
  const { t } = useTexts();
  const parts = text.split(/((?:^>.*(?:\n|$))+)/m).filter((part) => part.trim() !== '');
  return (
    <div className={styles.question}>
      <h2 className="visually-hidden">{t('chat.yourQuestion')}</h2>
      {parts.map((part) =>
        part.startsWith('>') ? (
          <blockquote key={part} dir="auto">
            {part.replace(/^> ?/gm, '').trim()}
          </blockquote>
        ) : (
          <p key={part} dir="auto">
            {part.trim()}
          </p>
        ),
      )}
    </div>
  );
}

function AnswerText({ answer, citations }: { answer: Message; citations: readonly Citation[] }): ReactNode {
  const { t } = useTexts();
  const { reader } = useModel();
  const streaming = answer.state === 'streaming';
  const text = useDeferredValue(answer.text);
  const unsupported = answer.details?.unsupported;
  const shown = useMemo(() => normalizeMath(streaming ? completeMarkdown(text) : text), [streaming, text]);

  const { marks, components } = useMemo(() => {
    const find = answerMarks(
      unsupported ?? [],
      citations.map(({ number }) => number),
    );
    const showSource = (number: number): void => {
      const citation = citations.find((candidate) => candidate.number === number);
      if (citation) reader.getState().show(citation);
    };
    return {
      marks: [[rehypeMarkText, { find }]] as [typeof rehypeMarkText, Parameters<typeof rehypeMarkText>[0]][],
      components: {
        cite: ({ node }: { node?: { properties: Record<string, unknown> } | undefined }) => {
          const number = Number(node?.properties.dataSource);
          return (
            <button
              type="button"
              className={styles.reference}
              aria-label={t('chat.citation', { number })}
              onClick={() => showSource(number)}
            >
              {number}
            </button>
          );
        },
        mark: ({ children }: { children?: ReactNode }) => (
          <mark className={styles.unsupported} title={t('chat.unsupportedMark')}>
            {children}
          </mark>
        ),
      },
    };
  }, [unsupported, citations, reader, t]);

  if (shown.trim() === '') return null;
  return (
    <div className={styles.text} data-streaming={streaming} aria-live="polite" aria-busy={streaming}>
      <Markdown text={shown} math marks={marks} markComponents={components} />
    </div>
  );
}
