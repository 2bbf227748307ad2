import type { ReactNode } from 'react';
import type { Message, ReadReport } from '../../main/ipc/contract.ts';
import { useChat } from '../app/model.ts';
import { Button } from '../design/button.tsx';
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
  return <Button onClick={() => void resume()}>{t('chat.resume')}</Button>;
}

/** More documents than this of which the same is to be said are counted; the map of what was read shows each. */
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
  const leftOut = [...new Set(skipped.map(({ reason }) => reason))].flatMap((why) => {
    const alike = skipped.filter(({ reason }) => reason === why);
    const reason = t(`chat.leftOutReasons.${why}`);
    if (alike.length > mostNamed) return [t('chat.leftOutMany', { count: alike.length, reason })];
    return alike.map(({ title }) => t('chat.leftOutItem', { title, reason }));
  });
  // That not every document has something to say is no fault.
  const isNote = skipped.every(({ reason }) => reason === 'nothing-found');
  return (
    <>
      {leftOut.length > 0 && (
        <p className={isNote ? styles.note : styles.caution}>
          {t('chat.leftOut', { read: number(read), total: number(total), items: list(leftOut) })}
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
  const { t } = useTexts();
  const regenerate = useChat((state) => state.regenerate);
  return (
    <div className={styles.failure} role="alert">
      <p>
        {t('chat.failed')} {reason}
      </p>
      {last && <Button onClick={() => void regenerate()}>{t('chat.retry')}</Button>}
    </div>
  );
}
