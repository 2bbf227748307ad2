import { CircleHelp, PanelLeft, Settings2 } from 'lucide-react';
import { type ReactNode, useSyncExternalStore } from 'react';
import { IconButton } from '../design/button.tsx';
import { useTexts } from '../i18n/i18n.ts';
import { EngineStatusButton } from '../models/engine-status.tsx';
import { useChat, useLayout, useModel } from './model.ts';
import styles from './title-bar.module.css';
import { keyName } from './use-shortcuts.ts';

interface TitleBarProps {
  sidebarShown: boolean;
  onToggleSidebar(): void;
}

export function TitleBar({ sidebarShown, onToggleSidebar }: TitleBarProps): ReactNode {
  const { t } = useTexts();
  const showDialog = useLayout((state) => state.showDialog);
  const title = useChat(
    ({ conversations, currentId }) => conversations.find(({ id }) => id === currentId)?.title ?? null,
  );
  const { connection } = useModel();
  const state = useSyncExternalStore(connection.onState, connection.state);
  return (
    <header className={styles.bar}>
      <IconButton label={t('app.toggleSidebar')} aria-expanded={sidebarShown} onClick={onToggleSidebar}>
        <PanelLeft size={17} aria-hidden="true" />
      </IconButton>
      <h1 className={styles.name}>{t('app.name')}</h1>
      <p className={styles.title} dir="auto">
        {title}
      </p>
      {state === 'connecting' && <p className={styles.connecting}>{t('app.connecting')}</p>}
      <EngineStatusButton />
      <IconButton label={t('app.shortcuts')} keys="?" onClick={() => showDialog('shortcuts')}>
        <CircleHelp size={17} aria-hidden="true" />
      </IconButton>
      <IconButton label={t('app.settings')} keys={keyName('mod ,', t)} onClick={() => showDialog('settings')}>
        <Settings2 size={17} aria-hidden="true" />
      </IconButton>
    </header>
  );
}

/** Says below the title bar that there is no connection, and what to do. */
export function ConnectionNote(): ReactNode {
  const { t } = useTexts();
  const { connection } = useModel();
  const state = useSyncExternalStore(connection.onState, connection.state);
  return (
    <div role="status" className={styles.connection}>
      {(state === 'lost' || state === 'refused') && t(`app.${state}`)}
    </div>
  );
}
