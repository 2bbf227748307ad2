import { X } from 'lucide-react';
import { Dialog as Radix, AlertDialog as RadixAlert } from 'radix-ui';
import { type ReactNode, useState } from 'react';
import { useTexts } from '../i18n/i18n.ts';
import { Button, IconButton } from './button.tsx';
import { cx } from './cx.ts';
import styles from './dialog.module.css';
import { useFocusBack } from './use-focus-back.ts';

interface DialogProps {
  open: boolean;
  onClose(): void;
  title: string;
  wide?: boolean;
  children: ReactNode;
}

export function Dialog({ open, onClose, title, wide, children }: DialogProps): ReactNode {
  const { t } = useTexts();
  const focus = useFocusBack();
  return (
    <Radix.Root open={open} onOpenChange={(next) => !next && onClose()}>
      <Radix.Portal>
        <Radix.Overlay className={styles.overlay} />
        <Radix.Content
          className={cx(styles.content, wide && styles.wide)}
          aria-describedby={undefined}
          onOpenAutoFocus={(event) => {
            focus.remember();
            focusInside(event);
          }}
          onCloseAutoFocus={focus.restore}
          onInteractOutside={(event) => isAboveDialogs(event.target) && event.preventDefault()}
        >
          <header className={styles.header}>
            <Radix.Title className={styles.title}>{title}</Radix.Title>
            <Radix.Close asChild>
              <IconButton label={t('app.close')}>
                <X size={17} aria-hidden="true" />
              </IconButton>
            </Radix.Close>
          </header>
          <div className={styles.body}>{children}</div>
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}

/** Spread on what may be pressed while a dialog is open, without closing it: messages about what is done in it. */
export const aboveDialogs = { 'data-above-dialogs': true };

const isAboveDialogs = (target: EventTarget | null): boolean =>
  target instanceof Element && target.closest('[data-above-dialogs]') !== null;

/** Moves the focus to the first field, or to the dialog itself: not to its Close button. */
function focusInside(event: Event): void {
  event.preventDefault();
  if (!(event.currentTarget instanceof HTMLElement)) return;
  const field = event.currentTarget.querySelector<HTMLInputElement>('input[data-autofocus]');
  (field ?? event.currentTarget).focus();
  field?.select();
}

interface ConfirmProps {
  open: boolean;
  onClose(): void;
  onConfirm(): void;
  title: string;
  detail: string;
  action: string;
}

/** Asks before something that can't be undone. */
export function Confirm({ open, onClose, onConfirm, title, detail, action }: ConfirmProps): ReactNode {
  const { t } = useTexts();
  const focus = useFocusBack();
  return (
    <RadixAlert.Root open={open} onOpenChange={(next) => !next && onClose()}>
      <RadixAlert.Portal>
        <RadixAlert.Overlay className={styles.overlay} />
        <RadixAlert.Content
          className={styles.content}
          onOpenAutoFocus={focus.remember}
          onCloseAutoFocus={focus.restore}
        >
          <div className={styles.body}>
            <RadixAlert.Title className={styles.title}>{title}</RadixAlert.Title>
            <RadixAlert.Description className={styles.detail}>{detail}</RadixAlert.Description>
            <div className={styles.actions}>
              <RadixAlert.Cancel asChild>
                <Button>{t('app.cancel')}</Button>
              </RadixAlert.Cancel>
              <RadixAlert.Action asChild>
                <Button
                  kind="danger"
                  onClick={() => {
                    focus.forget();
                    onConfirm();
                  }}
                >
                  {action}
                </Button>
              </RadixAlert.Action>
            </div>
          </div>
        </RadixAlert.Content>
      </RadixAlert.Portal>
    </RadixAlert.Root>
  );
}

interface RenameProps {
  open: boolean;
  onClose(): void;
  onRename(title: string): void;
  heading: string;
  label: string;
  value: string;
}

/** Asks for a new title. */
export function Rename({ open, onClose, heading, ...form }: RenameProps): ReactNode {
  return (
    <Dialog open={open} onClose={onClose} title={heading}>
      <RenameForm onClose={onClose} {...form} />
    </Dialog>
  );
}

interface AskPasswordProps {
  open: boolean;
  onClose(): void;
  onGive(password: string): void;
  heading: string;
  label: string;
  action: string;
}

/** Asks for the password of a file. */
export function AskPassword({ open, onClose, heading, ...form }: AskPasswordProps): ReactNode {
  return (
    <Dialog open={open} onClose={onClose} title={heading}>
      <PasswordForm onClose={onClose} {...form} />
    </Dialog>
  );
}

function PasswordForm({ onClose, onGive, label, action }: Omit<AskPasswordProps, 'open' | 'heading'>): ReactNode {
  const { t } = useTexts();
  const [password, setPassword] = useState('');
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        onGive(password);
        onClose();
      }}
    >
      <label className={styles.field}>
        <span>{label}</span>
        <input
          data-autofocus
          type="password"
          autoComplete="off"
          value={password}
          maxLength={1000}
          onChange={(event) => setPassword(event.target.value)}
        />
      </label>
      <div className={styles.actions}>
        <Button onClick={onClose}>{t('app.cancel')}</Button>
        <Button kind="primary" type="submit" disabled={password === ''}>
          {action}
        </Button>
      </div>
    </form>
  );
}

interface TitleFieldProps {
  label: string;
  value: string;
  onChange(value: string): void;
}

/** The field of a form for a title, which has the focus first. */
export function TitleField({ label, value, onChange }: TitleFieldProps): ReactNode {
  return (
    <label className={styles.field}>
      <span>{label}</span>
      <input
        data-autofocus
        dir="auto"
        value={value}
        maxLength={200}
        onChange={(event) => onChange(event.target.value)}
      />
    </label>
  );
}

function RenameForm({ onClose, onRename, label, value }: Omit<RenameProps, 'open' | 'heading'>): ReactNode {
  const { t } = useTexts();
  const [title, setTitle] = useState(value);
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        if (title.trim() !== '' && title.trim() !== value) onRename(title.trim());
        onClose();
      }}
    >
      <TitleField label={label} value={title} onChange={setTitle} />
      <div className={styles.actions}>
        <Button onClick={onClose}>{t('app.cancel')}</Button>
        <Button kind="primary" type="submit" disabled={title.trim() === ''}>
          {t('app.save')}
        </Button>
      </div>
    </form>
  );
}
