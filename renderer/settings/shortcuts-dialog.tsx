import type { ReactNode } from 'react';
import { useLayout } from '../app/model.ts';
import { keyName } from '../app/use-shortcuts.ts';
import { Dialog } from '../design/dialog.tsx';
import { useTexts } from '../i18n/i18n.ts';
import styles from './shortcuts-dialog.module.css';

const shortcuts = [
  ['search', 'mod K'],
  ['new', 'mod N', 'Alt N'],
  ['add', 'mod O'],
  ['settings', 'mod ,'],
  ['panes', 'F6'],
  ['find', 'mod F'],
  ['send', 'Enter'],
  ['newline', 'Shift Enter'],
  ['escape', 'Esc'],
  ['sheet', '?'],
] as const;

export function ShortcutsDialog(): ReactNode {
  const { t } = useTexts();
  const open = useLayout((state) => state.dialog === 'shortcuts');
  const showDialog = useLayout((state) => state.showDialog);
  return (
    <Dialog open={open} onClose={() => showDialog(null)} title={t('shortcuts.title')}>
      <dl className={styles.shortcuts}>
        {shortcuts.map(([name, ...alternatives]) => (
          <div key={name}>
            <dt>{t(`shortcuts.${name}`)}</dt>
            <dd>
              {alternatives.map((keys) => (
                <kbd key={keys}>{keyName(keys, t)}</kbd>
              ))}
            </dd>
          </div>
        ))}
      </dl>
    </Dialog>
  );
}
