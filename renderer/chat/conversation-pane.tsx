import { ArrowDown } from 'lucide-react';
import { type ReactNode, useEffect, useLayoutEffect, useRef, useState } from 'react';
import type { Message } from '../../main/ipc/contract.ts';
import { useChat, useLibrary } from '../app/model.ts';
import { IconButton } from '../design/button.tsx';
import { keyboardScrolled } from '../design/scroll-box.tsx';
import { useTexts } from '../i18n/i18n.ts';
import { exchangeId, exchanges } from './answer-events.ts';
import { Composer } from './composer.tsx';
import styles from './conversation-pane.module.css';
import { ExchangeView } from './exchange.tsx';
import { AskWelcome, Welcome } from './welcome.tsx';

/** The conversation: its exchanges, or an invitation, and the question box below. */
export function ConversationPane(): ReactNode {
  const { t } = useTexts();
  const messages = useChat((state) => state.messages);
  const isHere = useChat(({ currentId, fetchedId }) => currentId === fetchedId);
  const libraryEmpty = useLibrary(
    ({ loaded, documents, uploads }) => loaded && documents.length === 0 && uploads.length === 0,
  );
  const libraryLoaded = useLibrary((state) => state.loaded);

  return (
    <main className={styles.pane} data-pane="conversation" tabIndex={-1} aria-label={t('chat.region')}>
      {messages.length > 0 ? (
        <Exchanges messages={messages} />
      ) : (
        <div className={styles.invitation}>
          {isHere && libraryEmpty && <Welcome />}
          {libraryLoaded && isHere && !libraryEmpty && <AskWelcome />}
        </div>
      )}
      <Composer />
    </main>
  );
}

/** How the page moves on a click: at once for those who would rather see nothing move. */
function movement(): ScrollBehavior {
  return window.matchMedia('(prefers-reduced-motion: reduce)').matches ? 'instant' : 'smooth';
}

function Exchanges({ messages }: { messages: readonly Message[] }): ReactNode {
  const { t } = useTexts();
  const pairs = exchanges(messages);
  const end = useRef<HTMLDivElement>(null);
  const [endShown, setEndShown] = useState(true);
  const last = pairs.at(-1);
  const lastId = last && exchangeId(last);

  // A new question goes to the top of the view, and the page then stays still while it is answered.
  useLayoutEffect(() => {
    if (lastId) document.getElementById(lastId)?.scrollIntoView({ block: 'start' });
  }, [lastId]);

  // The end is another element with each new answer.
  const lastAnswerId = last?.answer?.id;
  useEffect(() => {
    setEndShown(true);
    if (!lastAnswerId || !end.current) return;
    const observer = new IntersectionObserver(([entry]) => setEndShown(entry?.isIntersecting ?? true));
    observer.observe(end.current);
    return () => observer.disconnect();
  }, [lastAnswerId]);

  return (
    <div className={styles.view}>
      <div className={styles.scroll} ref={keyboardScrolled}>
        <div className={styles.exchanges}>
          {pairs.map((exchange) => (
            <ExchangeView
              key={exchangeId(exchange)}
              exchange={exchange}
              last={exchange === last}
              end={exchange === last ? end : null}
            />
          ))}
        </div>
      </div>
      {!endShown && (
        <IconButton
          label={t('chat.jumpToEnd')}
          className={styles.jump}
          onClick={() => end.current?.scrollIntoView({ block: 'end', behavior: movement() })}
        >
          <ArrowDown size={17} aria-hidden="true" />
        </IconButton>
      )}
    </div>
  );
}
