import { useEffect } from 'react';
import { applyLocale, chooseLocale } from '../i18n/i18n.ts';
import { useSettings } from './model.ts';

/** Keeps the page's theme and language as the settings say. */
export function useAppearance(): void {
  const theme = useSettings((state) => state.settings?.theme ?? 'system');
  const locale = useSettings((state) => state.settings?.locale ?? 'system');

  useEffect(() => {
    const dark = window.matchMedia('(prefers-color-scheme: dark)');
    const apply = (): void => {
      const system = dark.matches ? 'dark' : 'light';
      document.documentElement.dataset.theme = theme === 'system' ? system : theme;
    };
    apply();
    dark.addEventListener('change', apply);
    return () => dark.removeEventListener('change', apply);
  }, [theme]);

  useEffect(() => {
    void applyLocale(chooseLocale(locale, navigator.languages));
  }, [locale]);
}
