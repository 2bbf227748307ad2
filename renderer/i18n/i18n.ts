/** Sets up the catalogues and the formats of numbers, sizes and times. */
import i18next, { type i18n } from 'i18next';
import { useMemo } from 'react';
import { initReactI18next, useTranslation } from 'react-i18next';
import { type Catalogue, en } from './en.ts';
import { createTranslation, type Messages } from './messages.ts';

declare module 'i18next' {
  interface CustomTypeOptions {
    defaultNS: 'translation';
    resources: { translation: Catalogue };
  }
}

/** The catalogues beside English, with the sentences of main, fetched when they are wanted. */
const catalogues: Record<string, () => Promise<{ texts: Catalogue; messages: Messages }>> = {
  de: async () => {
    const [{ de }, { deMessages }] = await Promise.all([import('./de.ts'), import('./de-messages.ts')]);
    return { texts: de, messages: deMessages };
  },
};

/** What translates main's sentences, by language. */
const translations = new Map<string, (message: string) => string>();

/** The languages a person can choose, each in its own words. */
export const locales: readonly { id: string; name: string }[] = [
  { id: 'en', name: 'English' },
  { id: 'de', name: 'Deutsch' },
];

/** The catalogue for a setting (`system` or a locale) and the languages the system prefers. */
export function chooseLocale(setting: string, preferred: readonly string[]): string {
  const wanted = setting === 'system' ? preferred : [setting];
  const bases = wanted.map((tag) => tag.toLowerCase().split('-')[0]);
  return bases.find((base) => locales.some(({ id }) => id === base)) ?? 'en';
}

export async function startI18n(): Promise<i18n> {
  await i18next.use(initReactI18next).init({
    lng: 'en',
    fallbackLng: 'en',
    resources: { en: { translation: en } },
    // React escapes what it draws.
    interpolation: { escapeValue: false },
  });
  return i18next;
}

/** Changes the language, fetching its catalogue first. */
export async function applyLocale(locale: string): Promise<void> {
  const load = catalogues[locale];
  if (load && !i18next.hasResourceBundle(locale, 'translation')) {
    const { texts, messages } = await load();
    translations.set(locale, createTranslation(messages));
    i18next.addResourceBundle(locale, 'translation', texts);
  }
  await i18next.changeLanguage(locale);
  document.documentElement.lang = locale;
}

export interface Formats {
  number(value: number): string;
  percent(fraction: number): string;
  /** A number of bytes, in the largest fitting unit. */
  bytes(value: number): string;
  /** A large count in short form, such as 135M. */
  compact(value: number): string;
  /** The day of an ISO date; any other text as it is. */
  date(text: string): string;
  /** A language by its code, such as "en-GB"; any other text as it is. */
  language(code: string): string;
  /** The parts, joined as the language joins a list. */
  list(parts: readonly string[]): string;
}

export function createFormats(locale: string): Formats {
  const number = new Intl.NumberFormat(locale, { maximumFractionDigits: 1 });
  const percent = new Intl.NumberFormat(locale, { style: 'percent' });
  const compact = new Intl.NumberFormat(locale, {
    notation: 'compact',
    maximumFractionDigits: 1,
    // As elsewhere: German does not shorten thousands.
    useGrouping: 'always',
  });
  const list = new Intl.ListFormat(locale, { type: 'conjunction' });
  const day = new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeZone: 'UTC' });
  const languages = new Intl.DisplayNames(locale, { type: 'language' });
  const units = ['byte', 'kilobyte', 'megabyte', 'gigabyte', 'terabyte'] as const;
  return {
    number: (value) => number.format(value),
    percent: (fraction) => percent.format(fraction),
    compact: (value) => compact.format(value),
    date(text) {
      const [iso] = /^\d{4}-\d\d-\d\d(?=$|[T ])/.exec(text) ?? [];
      const time = Date.parse(iso ?? '');
      return Number.isNaN(time) ? text : day.format(time);
    },
    language(code) {
      try {
        return languages.of(code) ?? code;
      } catch {
        return code;
      }
    },
    list: (parts) => list.format(parts),
    bytes(value) {
      const step = Math.min(Math.floor(Math.log10(Math.max(value, 1)) / 3), units.length - 1);
      const unit = units[step] ?? 'byte';
      return new Intl.NumberFormat(locale, { style: 'unit', unit, maximumFractionDigits: step > 1 ? 1 : 0 }).format(
        value / 1000 ** step,
      );
    },
  };
}

export type TimeUnit = 'seconds' | 'minutes' | 'hours';

/** A rough time in the unit a person would use; seconds are rounded so that they don't flicker. */
export function roughTime(seconds: number): { unit: TimeUnit; count: number } {
  if (seconds < 10) return { unit: 'seconds', count: Math.max(1, Math.round(seconds)) };
  if (seconds < 55) return { unit: 'seconds', count: Math.round(seconds / 5) * 5 };
  if (seconds < 90 * 60) return { unit: 'minutes', count: Math.max(1, Math.round(seconds / 60)) };
  return { unit: 'hours', count: Math.round(seconds / 3600) };
}

/** Translation and formats of the language in use, and what translates main's sentences. */
export function useTexts() {
  const { t, i18n: instance } = useTranslation();
  const formats = useMemo(() => createFormats(instance.language), [instance.language]);
  const timeLeft = (seconds: number): string => {
    const { unit, count } = roughTime(seconds);
    return t(`time.${unit}`, { count });
  };
  /** What main said, in this language as far as it is known. */
  const said = (message: string): string => translations.get(instance.language)?.(message) ?? message;
  return { t, ...formats, timeLeft, said };
}
