import { clock } from '../../base/clock.ts';
import type { Anchor } from '../../main/ipc/contract.ts';
import { useTexts } from '../i18n/i18n.ts';

/** Names an anchor that has a name of its own: its page, slide, cells, or time. */
export function useAnchorName(): (anchor: Exclude<Anchor, { kind: 'range' }>) => string {
  const { t } = useTexts();
  return (anchor) => {
    switch (anchor.kind) {
      case 'page':
        return t('chat.page', { page: anchor.page });
      case 'slide':
        return t('chat.slide', { slide: anchor.slide });
      case 'cells':
        return anchor.sheet === null ? anchor.cells : `${anchor.sheet} ${anchor.cells}`;
      case 'time':
        return clock(anchor.startMs);
    }
  };
}
