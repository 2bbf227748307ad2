import { Ellipsis, PenLine, SquarePen } from 'lucide-react';
import { type ReactNode, useRef, useState } from 'react';
import { type CustomContainerComponentProps, Virtualizer } from 'virtua';
import type { Conversation } from '../../main/ipc/contract.ts';
import { useChat } from '../app/model.ts';
import { keyName } from '../app/use-shortcuts.ts';
import { IconButton } from '../design/button.tsx';
import { Confirm, Rename } from '../design/dialog.tsx';
import { Menu } from '../design/menu.tsx';
import { useTexts } from '../i18n/i18n.ts';
import styles from '../library/library.module.css';

export function ConversationList(): ReactNode {
  const { t } = useTexts();
  const conversations = useChat((state) => state.conversations);
  const loaded = useChat((state) => state.loaded);
  const startNew = useChat((state) => state.startNew);
  const scroller = useRef<HTMLDivElement>(null);
  return (
    <section className={styles.section} aria-label={t('conversations.title')}>
      <header className={styles.header}>
        <h2>{t('conversations.title')}</h2>
        <IconButton label={t('conversations.new')} keys={keyName('mod N', t)} onClick={startNew}>
          <SquarePen size={16} aria-hidden="true" />
        </IconButton>
      </header>
      <div className={styles.scroll} ref={scroller}>
        {loaded && conversations.length === 0 && <p className={styles.empty}>{t('conversations.empty')}</p>}
        {conversations.length > 0 && (
          <Virtualizer as={Conversations} item="li" scrollRef={scroller} data={conversations}>
            {(conversation) => <ConversationRow key={conversation.id} conversation={conversation} />}
          </Virtualizer>
        )}
      </div>
    </section>
  );
}

function Conversations({ style, children, ref }: CustomContainerComponentProps): ReactNode {
  const { t } = useTexts();
  return (
    <ul ref={ref} style={style} aria-label={t('conversations.title')}>
      {children}
    </ul>
  );
}

function ConversationRow({ conversation }: { conversation: Conversation }): ReactNode {
  const { t } = useTexts();
  const { id } = conversation;
  const title = conversation.title || t('conversations.untitled');
  const [dialog, setDialog] = useState<'rename' | 'remove' | null>(null);
  const current = useChat((state) => state.currentId === id);
  const answering = useChat((state) => state.answering.includes(id));
  const open = useChat((state) => state.open);
  const rename = useChat((state) => state.rename);
  const remove = useChat((state) => state.remove);
  return (
    <div className={styles.conversation} data-shown={current}>
      <button
        type="button"
        className={styles.conversationTitle}
        dir="auto"
        aria-current={current ? 'true' : undefined}
        onClick={() => void open(id)}
      >
        {answering && <PenLine size={13} className={styles.writing} aria-label={t('conversations.writing')} />}
        {title}
      </button>
      <Menu
        items={[
          { label: t('conversations.rename'), onSelect: () => setDialog('rename') },
          { label: t('conversations.remove'), onSelect: () => setDialog('remove'), danger: true },
        ]}
        trigger={
          <IconButton label={t('conversations.actions', { title })} className={styles.menu}>
            <Ellipsis size={16} aria-hidden="true" />
          </IconButton>
        }
      />
      <Rename
        open={dialog === 'rename'}
        onClose={() => setDialog(null)}
        onRename={(next) => void rename(id, next)}
        heading={t('conversations.renameTitle')}
        label={t('conversations.renameLabel')}
        value={title}
      />
      <Confirm
        open={dialog === 'remove'}
        onClose={() => setDialog(null)}
        onConfirm={() => void remove(id)}
        title={t('conversations.removeTitle', { title })}
        detail={t('conversations.removeDetail')}
        action={t('conversations.removeConfirm')}
      />
    </div>
  );
}
