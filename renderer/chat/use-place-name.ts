import { useLibrary } from '../app/model.ts';
import { useTexts } from '../i18n/i18n.ts';
import type { Place } from '../reader/reader-store.ts';
import { useAnchorName } from '../reader/use-anchor-name.ts';

/** Names a place the way a note does: its page, slide, cells or time, or how far into the text it stands. */
export function usePlaceName(): (place: Pick<Place, 'documentId' | 'anchor'>) => string {
  const { t, percent } = useTexts();
  const anchorName = useAnchorName();
  const documents = useLibrary((state) => state.documents);
  return ({ documentId, anchor }) => {
    if (anchor.kind !== 'range') return anchorName(anchor);
    const length = documents.find(({ id }) => id === documentId)?.characterCount ?? 0;
    if (length === 0) return '';
    const share = Math.min(1, anchor.start / length);
    return share < 0.005 ? t('chat.atBeginning') : t('chat.character', { percent: percent(share) });
  };
}
