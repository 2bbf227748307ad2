import { useLibrary } from '../app/model.ts';
import { useTexts } from '../i18n/i18n.ts';
import type { Place } from '../reader/reader-store.ts';

/** Names a place the way a note does: its page, or how far into the text it stands. */
export function usePlaceName(): (place: Pick<Place, 'documentId' | 'anchor'>) => string {
  const { t, percent } = useTexts();
  const documents = useLibrary((state) => state.documents);
  return ({ documentId, anchor }) => {
    if (anchor.kind === 'page') return t('chat.page', { page: anchor.page });
    const length = documents.find(({ id }) => id === documentId)?.characterCount ?? 0;
    return length > 0 ? t('chat.character', { percent: percent(Math.min(1, anchor.start / length)) }) : '';
  };
}
