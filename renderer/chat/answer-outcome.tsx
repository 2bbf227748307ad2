import type { ReactNode } from 'react';
import type { Message, ReadReport } from '../../main/ipc/contract.ts';
import { useChat } from '../app/model.ts';
import { Button } from '../design/button.tsx';
import { passFocusOn } from '../design/use-focus-back.ts';
import { useTexts } from '../i18n/i18n.ts';
import styles from './answer-outcome.module.css';
import { type Lacking, readNotes } from './read-notes.ts';

/** What there is to say about an answer besides its text: what it lacks, and that it was stopped or failed. */
export function AnswerOutcome({ answer, last }: { answer: Message; last: boolean }): ReactNode {
  const { t, list } = useTexts();
  const { state, details } = answer;
  return (
    <>
      {details && details.unsupported.length > 0 && (
        <p className={styles.caution}>{t('chat.unsupported', { items: list(details.unsupported) })}</p>
      )}
      {details && <NotRead report={details.read} />}
      {details?.cut && <p className={styles.note}>{t('chat.cut')}</p>}
      {state === 'stopped' && <p className={styles.note}>{t('chat.stopped')}</p>}
      {state !== 'streaming' && state !== 'done' && last && details?.pass && <Continue />}
      {state === 'failed' && <Failure reason={answer.error} last={last} />}
    </>
  );
}

/** Goes on with a pass over all of the documents, where it was stopped. */
function Continue(): ReactNode {
  const { t } = useTexts();
  const resume = useChat((state) => state.resume);
  return (
    <Button ref={passFocusOn} onClick={() => void resume()}>
      {t('chat.resume')}
    </Button>
  );
}

/** Of more documents than this, of which the same is to be said, the rest is counted; the map of what was read shows each. */
const mostNamed = 4;

function NotRead({ report }: { report: ReadReport }): ReactNode {
  const { t, list, number } = useTexts();
  const { read, total, skipped, partly, unread, stopped, damaged, earlierTokens } = readNotes(report);
  const lacking = (items: readonly Lacking[]): string =>
    list(
      items.map((item) =>
        t('chat.lackingItem', { title: item.title, left: number(item.left), total: number(item.total) }),
      ),
    );
  const names = (titles: readonly string[]): string => {
    const more = titles.length - mostNamed;
    return list([...titles.slice(0, mostNamed), ...(more > 0 ? [t('chat.moreNames', { count: more })] : [])]);
  };
  const leftOut = skipped.filter(({ reason }) => reason !== 'nothing-found');
  const unmatched = skipped.find(({ reason }) => reason === 'nothing-found')?.titles ?? [];
  return (
    <>
      {leftOut.length > 0 && (
        <p className={styles.caution}>
          {t('chat.leftOut', {
            read: number(read),
            total: number(total),
            items: leftOut
              .map(({ reason, titles }) =>
                t('chat.leftOutItem', { titles: names(titles), reason: t(`chat.leftOutReasons.${reason}`) }),
              )
              .join('; '),
          })}
        </p>
      )}
      {/* That not every document has something to say is no fault. */}
      {unmatched.length > 0 && (
        <p className={styles.note}>
          {t('chat.unmatched', {
            unmatched: number(unmatched.length),
            total: number(total),
            items: names(unmatched),
          })}
        </p>
      )}
      {partly.length > mostNamed && <p className={styles.note}>{t('chat.partlyMany', { count: partly.length })}</p>}
      {partly.length > 0 && partly.length <= mostNamed && (
        <p className={styles.note}>
          {t('chat.partly', {
            items: list(
              partly.map((part) =>
                t('chat.partlyItem', { title: part.title, read: number(part.read), total: number(part.total) }),
              ),
            ),
          })}
        </p>
      )}
      {unread.length > 0 && <p className={styles.note}>{t('chat.unread', { items: lacking(unread) })}</p>}
      {stopped.length > 0 && <p className={styles.note}>{t('chat.passStopped', { items: lacking(stopped) })}</p>}
      {damaged.length > 0 && <p className={styles.caution}>{t('chat.damaged', { items: lacking(damaged) })}</p>}
      {earlierTokens > 0 && <p className={styles.note}>{t('chat.earlierTurns', { tokens: number(earlierTokens) })}</p>}
    </>
  );
}

function Failure({ reason, last }: { reason: string | null; last: boolean }): ReactNode {
  const { t, said } = useTexts();
  const regenerate = useChat((state) => state.regenerate);
  return (
    <div className={styles.failure} role="alert">
      <p>
        {t('chat.failed')} {reason && said(reason)}
      </p>
      {last && (
        <Button ref={passFocusOn} onClick={() => void regenerate()}>
          {t('chat.retry')}
        </Button>
      )}
    </div>
  );
}
