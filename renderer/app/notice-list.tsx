import { X } from 'lucide-react';
import type { ReactNode } from 'react';
import { IconButton } from '../design/button.tsx';
import { aboveDialogs } from '../design/dialog.tsx';
import { useTexts } from '../i18n/i18n.ts';
import { useNotices } from './model.ts';
import styles from './notice-list.module.css';

export function NoticeList(): ReactNode {
  const { t, said } = useTexts();
  const notices = useNotices((state) => state.notices);
  const dismiss = useNotices((state) => state.dismiss);
  return (
    // What is live is not hidden from screen readers behind a dialog.
    <div role="alert" aria-live="assertive" aria-label={t('app.notices')} className={styles.notices}>
      {notices.map(({ id, text, unconnected }) => (
        <div key={id} className={styles.notice} {...aboveDialogs}>
          <p>{unconnected ? t('app.noConnection') : said(text)}</p>
          <IconButton label={t('app.dismiss')} onClick={() => dismiss(id)}>
            <X size={15} aria-hidden="true" />
          </IconButton>
        </div>
      ))}
    </div>
  );
}
