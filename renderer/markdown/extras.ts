/** Plugins that most texts don't need, fetched the first time a text does. */
import { useEffect, useState } from 'react';
import type { Options } from 'react-markdown';

type Plugins = NonNullable<Options['rehypePlugins']>;

/** What an extra adds to the two stages of Markdown. */
export interface Extra {
  remark: Plugins;
  rehype: Plugins;
}

const extras = {
  math: {
    needed: (text: string): boolean => /\$|\\[([]/.test(text),
    load: async () => (await import('./math.ts')).math,
  },
  code: {
    needed: (text: string): boolean => /(^|\n)\s*(`{3}|~{3})\s*\w/.test(text),
    load: async () => (await import('./code.ts')).code,
  },
} as const;

type ExtraName = keyof typeof extras;

const loaded = new Map<ExtraName, Extra>();

/** The extras that a text needs and that are here; drawing happens again when one arrives. */
export function useExtras(text: string, allowed: readonly ExtraName[]): Extra {
  const needed = allowed.filter((name) => extras[name].needed(text));
  const missing = needed.filter((name) => !loaded.has(name)).join(' ');
  const [, redraw] = useState(0);

  useEffect(() => {
    let current = true;
    const names = missing.split(' ').filter((name): name is ExtraName => name in extras);
    for (const name of names)
      extras[name]
        .load()
        .then((extra) => {
          loaded.set(name, extra);
          if (current) redraw((count) => count + 1);
        })
        // Without it the text is still there, only plainer.
        .catch(() => undefined);
    return () => {
      current = false;
    };
  }, [missing]);

  const here = needed.flatMap((name) => loaded.get(name) ?? []);
  return { remark: here.flatMap(({ remark }) => remark), rehype: here.flatMap(({ rehype }) => rehype) };
}
