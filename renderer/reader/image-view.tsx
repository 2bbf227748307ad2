import { type ReactNode, useEffect, useImperativeHandle, useRef } from 'react';
import { useReader } from '../app/model.ts';
import { useScroller } from '../design/scroll-box.tsx';
import { useTexts } from '../i18n/i18n.ts';
import styles from './image-view.module.css';
import type { ViewProps } from './view.ts';

/** An image, with the place that was cited marked on it. */
export function ImageView({ ref, document, zoom }: ViewProps): ReactNode {
  const { t } = useTexts();
  const place = useReader((state) => state.place);
  const scroller = useScroller();
  const mark = useRef<HTMLSpanElement>(null);
  useImperativeHandle(ref, () => ({ goTo: () => scroller.ref.current?.scrollTo({ top: 0 }) }));
  useEffect(() => {
    if (place) mark.current?.scrollIntoView({ block: 'center' });
  }, [place]);

  const boxes = place?.anchor.kind === 'page' ? place.anchor.boxes : [];
  const percent = (fraction: number): string => `${100 * fraction}%`;
  return (
    <section className={styles.view} aria-label={document.title} ref={scroller.attach}>
      <div className={styles.page} style={{ width: percent(zoom) }}>
        <img src={`/documents/${document.id}/file`} alt={document.title} />
        {boxes.map(({ x, y, width, height }, i) => (
          <span
            key={`${x} ${y}`}
            ref={i === 0 ? mark : undefined}
            className={styles.cited}
            role="img"
            aria-label={t('reader.cited')}
            style={{ left: percent(x), top: percent(y), width: percent(width), height: percent(height) }}
          />
        ))}
      </div>
    </section>
  );
}
