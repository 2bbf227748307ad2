/** The settings: what is stored, what the command line wants instead, and what follows from both. */
import { bundledModelId } from '../models/models.ts';
import { type Settings, settings as settingsSchema } from './contract.ts';

const defaults: Settings = {
  device: 'auto',
  threads: null,
  modelId: bundledModelId,
  theme: 'system',
  locale: 'system',
  memoryBudget: 20_000_000_000,
  blockFormat: 'int8',
};

type Change = { [Name in keyof Settings]?: Settings[Name] | undefined };

export interface SettingsStore {
  /** What this run uses. */
  inUse(): Settings;
  /** Changes what is given, and stores it. Gives what was in use and what is now. */
  change(change: Change): { before: Settings; now: Settings };
}

export interface SettingsOptions {
  /** What is kept of the settings, and keeps them. */
  stored(): unknown;
  store(settings: Settings): void;
  /** What the command line wants for this run, until something else is chosen in a window. */
  overrides: Change;
}

/** The settings as they were stored; what is not understood is as at the first start. */
export function openSettings({ stored, store, overrides }: SettingsOptions): SettingsStore {
  const kept = settingsSchema.partial().safeParse(stored());
  let settings: Settings = { ...defaults, ...given(kept.data ?? {}) };
  let overriding = given(overrides);
  const inUse = (): Settings => ({ ...settings, ...overriding });
  return {
    inUse,
    change(change) {
      const before = inUse();
      const chosen = given(change);
      const next = { ...settings, ...chosen };
      store(next);
      settings = next;
      overriding = Object.fromEntries(Object.entries(overriding).filter(([name]) => !(name in chosen)));
      return { before, now: inUse() };
    },
  };
}

function given(change: Change): Partial<Settings> {
  return Object.fromEntries(Object.entries(change).filter(([, value]) => value !== undefined));
}
