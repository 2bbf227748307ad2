import { type ReactNode, useId, useState } from 'react';
import { useEngine, useLayout, useLibrary, useMemory, useSettings } from '../app/model.ts';
import { Button } from '../design/button.tsx';
import { cx } from '../design/cx.ts';
import { Dialog } from '../design/dialog.tsx';
import { locales, useTexts } from '../i18n/i18n.ts';
import { spaceUsed } from '../library/memory-store.ts';
import { ModelChoice } from '../models/model-choice.tsx';
import { budgetOf, gigabytes, spaceBounds } from './memory-budget.ts';
import styles from './settings-dialog.module.css';

export function SettingsDialog(): ReactNode {
  const { t } = useTexts();
  const open = useLayout((state) => state.dialog === 'settings');
  const showDialog = useLayout((state) => state.showDialog);
  return (
    <Dialog open={open} onClose={() => showDialog(null)} title={t('settings.title')} wide>
      <div className={styles.settings}>
        <Appearance />
        <Engine />
        <Space />
        <Folders />
        <Data />
        <About />
      </div>
    </Dialog>
  );
}

interface ChoiceProps<Value extends string> {
  label: string;
  value: Value;
  options: readonly { value: Value; label: string }[];
  note?: string;
  onChange(value: Value): void;
}

function Choice<Value extends string>({ label, value, options, note, onChange }: ChoiceProps<Value>): ReactNode {
  function choose(chosen: string): void {
    const option = options.find((candidate) => candidate.value === chosen);
    if (option) onChange(option.value);
  }

  return (
    <div className={styles.choice}>
      <label>
        <span>{label}</span>
        <select value={value} onChange={(event) => choose(event.target.value)}>
          {options.map((option) => (
            <option key={option.value} value={option.value}>
              {option.label}
            </option>
          ))}
        </select>
      </label>
      {note && <p className={styles.note}>{note}</p>}
    </div>
  );
}

const themes = ['system', 'light', 'dark'] as const;
const devices = ['auto', 'cpu', 'webgpu'] as const;
const blockFormats = ['int8', 'int4'] as const;
const threadCounts = [1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64];

function Appearance(): ReactNode {
  const { t } = useTexts();
  const settings = useSettings((state) => state.settings);
  const change = useSettings((state) => state.change);
  if (!settings) return null;
  return (
    <fieldset>
      <legend>{t('settings.appearance')}</legend>
      <Choice
        label={t('settings.theme')}
        value={settings.theme}
        options={themes.map((value) => ({ value, label: t(`settings.themes.${value}`) }))}
        onChange={(theme) => void change({ theme })}
      />
      <Choice
        label={t('settings.language')}
        value={settings.locale}
        options={[
          { value: 'system', label: t('settings.languageSystem') },
          ...locales.map(({ id, name }) => ({ value: id, label: name })),
        ]}
        onChange={(locale) => void change({ locale })}
      />
    </fieldset>
  );
}

function Engine(): ReactNode {
  const { t, number, said } = useTexts();
  const settings = useSettings((state) => state.settings);
  const change = useSettings((state) => state.change);
  const info = useEngine(({ status }) => (status?.state === 'ready' ? status.info : null));
  if (!settings) return null;
  const counts = [...new Set([...threadCounts, settings.threads ?? 1])].sort((a, b) => a - b);
  return (
    <fieldset>
      <legend>{t('settings.engine')}</legend>
      <ModelChoice />
      <Choice
        label={t('settings.device')}
        value={settings.device}
        options={devices.map((value) => ({ value, label: t(`settings.devices.${value}`) }))}
        {...(info && {
          note: t('settings.inUse', { device: t(`engine.devices.${info.device}`), reason: said(info.deviceReason) }),
        })}
        onChange={(device) => void change({ device })}
      />
      <Choice
        label={t('settings.threads')}
        value={String(settings.threads ?? 'auto')}
        options={[
          { value: 'auto', label: t('settings.threadsAuto') },
          ...counts.map((count) => ({ value: String(count), label: String(count) })),
        ]}
        {...(info && { note: t('settings.threadsInUse', { threads: number(info.threads) }) })}
        onChange={(value) => void change({ threads: value === 'auto' ? null : Number(value) })}
      />
      <p className={styles.note}>{t('settings.restartNote')}</p>
    </fieldset>
  );
}

function Space(): ReactNode {
  const { t, bytes } = useTexts();
  const settings = useSettings((state) => state.settings);
  const change = useSettings((state) => state.change);
  const memories = useMemory((state) => state.memories);
  const used = spaceUsed(memories);
  if (!settings) return null;
  const { memoryBudget: budget, blockFormat } = settings;
  return (
    <fieldset>
      <legend>{t('settings.space')}</legend>
      <SpaceField
        key={budget}
        budget={budget}
        used={
          used.documents > 0
            ? t('settings.spaceUsed', { size: bytes(used.bytes), count: used.documents })
            : t('settings.spaceUnused')
        }
      />
      <p className={styles.note}>{t('settings.spaceNote')}</p>
      <Choice
        label={t('settings.blockFormat')}
        value={blockFormat}
        options={blockFormats.map((value) => ({ value, label: t(`settings.blockFormats.${value}`) }))}
        note={t('settings.blockFormatNote')}
        onChange={(chosen) => void change({ blockFormat: chosen })}
      />
    </fieldset>
  );
}

/** Takes effect when it is left, or with Enter: a number that is still being typed means nothing yet. */
function SpaceField({ budget, used }: { budget: number; used: string }): ReactNode {
  const { t, number } = useTexts();
  const change = useSettings((state) => state.change);
  const id = useId();
  const kept = String(gigabytes(budget));
  const [typed, setTyped] = useState(kept);
  const next = budgetOf(typed);

  function commit(): void {
    if (next !== null && typed !== kept) void change({ memoryBudget: next });
  }

  return (
    <form
      className={styles.choice}
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        commit();
      }}
    >
      <label>
        <span>{t('settings.spaceLimit')}</span>
        <span className={styles.measure}>
          <input
            type="number"
            inputMode="decimal"
            min={spaceBounds.least}
            max={spaceBounds.most}
            step="any"
            value={typed}
            aria-invalid={next === null}
            aria-describedby={next === null ? id : undefined}
            onChange={(event) => setTyped(event.target.value)}
            onBlur={commit}
          />
          {t('settings.spaceUnit')}
        </span>
      </label>
      {next === null ? (
        <p id={id} role="alert" className={cx(styles.note, styles.invalid)}>
          {t('settings.spaceRange', { least: number(spaceBounds.least), most: number(spaceBounds.most) })}
        </p>
      ) : (
        <p className={styles.note}>{used}</p>
      )}
    </form>
  );
}

/** Folders that are watched; there is nothing to say while there are none. */
function Folders(): ReactNode {
  const { t, said } = useTexts();
  const watched = useLibrary((state) => state.watched);
  const stop = useLibrary((state) => state.stopWatching);
  if (watched.length === 0) return null;
  return (
    <fieldset>
      <legend>{t('settings.folders')}</legend>
      <ul className={styles.folders}>
        {watched.map(({ path, problem }) => (
          <li key={path}>
            <span className={styles.path}>{path}</span>
            <Button aria-label={t('settings.stopWatchingFolder', { path })} onClick={() => void stop(path)}>
              {t('settings.stopWatching')}
            </Button>
            {problem && <p className={styles.note}>{said(problem)}</p>}
          </li>
        ))}
      </ul>
      <p className={styles.note}>{t('settings.foldersNote')}</p>
    </fieldset>
  );
}

function Data(): ReactNode {
  const { t } = useTexts();
  const info = useSettings((state) => state.info);
  return (
    <fieldset>
      <legend>{t('settings.data')}</legend>
      <p>{t('settings.dataFolder')}</p>
      <p className={styles.path}>{info?.dataFolder}</p>
    </fieldset>
  );
}

function About(): ReactNode {
  const { t } = useTexts();
  const info = useSettings((state) => state.info);
  const [notices, setNotices] = useState<string | null>(null);

  async function loadNotices(): Promise<void> {
    setNotices((await import('../../THIRD-PARTY-NOTICES.md?raw')).default);
  }

  return (
    <fieldset>
      <legend>{t('settings.about')}</legend>
      <p>{t('settings.version', { version: info?.version ?? '' })}</p>
      <p className={styles.note}>{t('settings.privacy')}</p>
      <details className={styles.notices} onToggle={() => notices === null && void loadNotices()}>
        <summary>{t('settings.notices')}</summary>
        <textarea readOnly aria-label={t('settings.notices')} value={notices ?? ''} rows={12} />
      </details>
    </fieldset>
  );
}
