import { Check, Copy, RotateCcw } from 'lucide-react';
import type { ReactNode } from 'react';
import type { AnswerDetails, Citation, Message } from '../../main/ipc/contract.ts';
import { useChat } from '../app/model.ts';
import { IconButton } from '../design/button.tsx';
import { Facts, Popover } from '../design/popover.tsx';
import { useCopy } from '../design/use-copy.ts';
import { passFocusOn } from '../design/use-focus-back.ts';
import { useTexts } from '../i18n/i18n.ts';
import styles from './answer-footer.module.css';
import { answerAsMarkdown } from './copy.ts';
import { ReadMap } from './read-map.tsx';
import { usePlaceName } from './use-place-name.ts';

interface AnswerFooterProps {
  answer: Message;
  citations: readonly Citation[];
  last: boolean;
}

/** What can be done with an answer, and how it came about. */
export function AnswerFooter({ answer, citations, last }: AnswerFooterProps): ReactNode {
  const { t } = useTexts();
  const { copied, copy } = useCopy();
  const regenerate = useChat((state) => state.regenerate);
  const placeName = usePlaceName();
  const hasText = answer.text.trim() !== '';
  return (
    <footer className={styles.footer}>
      <div className={styles.tools}>
        {hasText && (
          <IconButton
            label={copied ? t('app.copied') : t('chat.copyAnswer')}
            onClick={() =>
              copy(answerAsMarkdown(answer, citations, { heading: t('chat.sourcesHeading'), place: placeName }))
            }
          >
            {copied ? <Check size={15} aria-hidden="true" /> : <Copy size={15} aria-hidden="true" />}
          </IconButton>
        )}
        {last && answer.state !== 'failed' && (
          <IconButton ref={passFocusOn} label={t('chat.regenerate')} onClick={() => void regenerate()}>
            <RotateCcw size={15} aria-hidden="true" />
          </IconButton>
        )}
        {answer.details?.model && <DetailsButton details={answer.details} />}
      </div>
      {answer.details?.model && <ReadMap report={answer.details.read} />}
    </footer>
  );
}

function DetailsButton({ details }: { details: AnswerDetails }): ReactNode {
  const { t, number, compact } = useTexts();
  const { read, timing, model } = details;
  const glance = [
    model,
    deviceName(details.device, t),
    read.tokensAttended > 0 ? t('library.tokens', { tokens: compact(read.tokensAttended) }) : '',
    timing ? t('chat.detailSpeed', { speed: number(rounded(timing.decodeTokensPerSecond)) }) : '',
  ].filter(Boolean);
  return (
    <Popover
      title={t('chat.details')}
      trigger={
        <button type="button" className={styles.glance} aria-label={`${t('chat.details')}: ${glance.join(', ')}`}>
          {glance.join(' · ')}
        </button>
      }
    >
      <Details details={details} />
    </Popover>
  );
}

/** No more digits than the measurement deserves. */
function rounded(speed: number): number {
  return speed < 100 ? speed : Math.round(speed);
}

type Translate = ReturnType<typeof useTexts>['t'];

function deviceName(device: string, t: Translate): string {
  return device === 'cpu' || device === 'webgpu' ? t(`engine.devices.${device}`) : device;
}

function Details({ details }: { details: AnswerDetails }): ReactNode {
  const { t, number } = useTexts();
  const { read, timing, model, device } = details;
  const speed = (tokensPerSecond: number): string => t('chat.detailSpeed', { speed: number(rounded(tokensPerSecond)) });
  const first = (ms: number): string =>
    ms < 1000
      ? t('chat.milliseconds', { milliseconds: number(Math.round(ms)) })
      : t('chat.seconds', { seconds: number(ms / 1000) });
  return (
    <Facts
      rows={[
        [
          t('chat.detailRead'),
          t('chat.detailReadValue', { attended: number(read.tokensAttended), mounted: number(read.tokensMounted) }),
        ],
        [t('chat.detailReused'), t('chat.detailReusedValue', { tokens: number(read.tokensReused) })],
        [t('chat.detailModel'), model],
        [t('chat.detailDevice'), deviceName(device, t)],
        ...(timing
          ? ([
              [t('chat.detailFirst'), first(timing.firstTokenMs)],
              [t('chat.detailPrefill'), speed(timing.prefillTokensPerSecond)],
              [t('chat.detailDecode'), speed(timing.decodeTokensPerSecond)],
            ] as const)
          : []),
      ]}
    />
  );
}
