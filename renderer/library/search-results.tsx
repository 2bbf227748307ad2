import type { ReactNode } from 'react';
import type { PassageHit } from '../../main/ipc/contract.ts';
import { useChat, useLibrary, useReader } from '../app/model.ts';
import { Pieces } from '../chat/pieces.tsx';
import { excerpt } from '../chat/quote.ts';
import { usePlaceName } from '../chat/use-place-name.ts';
import { useTexts } from '../i18n/i18n.ts';
import styles from './library.module.css';

const excerptLength = 150;

/** What the search found: titles, passages and conversations. */
export function SearchResults(): ReactNode {
  const { t } = useTexts();
  const query = useLibrary((state) => state.query);
  const documents = useLibrary((state) => state.documents);
  const results = useLibrary((state) => state.results);
  const openDocument = useReader((state) => state.open);
  const openConversation = useChat((state) => state.open);
  const wanted = query.trim().toLocaleLowerCase();
  const titles = documents.filter(({ title }) => title.toLocaleLowerCase().includes(wanted)).slice(0, 8);

  return (
    <section className={styles.section} aria-label={t('library.search')}>
      <div className={styles.scroll}>
        {titles.length > 0 && (
          <Group name={t('library.titles')}>
            {titles.map(({ id, title }) => (
              <li key={id}>
                <button type="button" className={styles.hit} onClick={() => openDocument(id)}>
                  <span className={styles.hitText} dir="auto">
                    {title}
                  </span>
                </button>
              </li>
            ))}
          </Group>
        )}
        {results && (
          <Group name={t('library.passages')} empty={t('library.noPassages')}>
            {results.hits.map((hit) => (
              <Hit key={hit.id} hit={hit} query={query} />
            ))}
          </Group>
        )}
        {results && results.conversations.length > 0 && (
          <Group name={t('library.conversations')}>
            {results.conversations.map(({ id, title }) => (
              <li key={id}>
                <button type="button" className={styles.hit} dir="auto" onClick={() => void openConversation(id)}>
                  {title || t('conversations.untitled')}
                </button>
              </li>
            ))}
          </Group>
        )}
      </div>
    </section>
  );
}

function Group({ name, empty, children }: { name: string; empty?: string; children: ReactNode[] }): ReactNode {
  return (
    <div className={styles.group}>
      <h2 className={styles.groupName}>{name}</h2>
      {children.length > 0 ? <ul aria-label={name}>{children}</ul> : <p className={styles.empty}>{empty}</p>}
    </div>
  );
}

function Hit({ hit, query }: { hit: PassageHit; query: string }): ReactNode {
  const show = useReader((state) => state.show);
  const placeName = usePlaceName();
  return (
    <li>
      <button type="button" className={styles.hit} onClick={() => show(hit)}>
        <span className={styles.hitTitle}>
          <span dir="auto">{hit.title}</span>
          <span>{placeName(hit)}</span>
        </span>
        <span className={styles.hitText} dir="auto">
          <Pieces pieces={excerpt(hit.text, query, excerptLength, 1)} />
        </span>
      </button>
    </li>
  );
}
