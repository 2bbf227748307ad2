import { type ReactNode, useEffect, useState } from 'react';
import { useModel } from '../app/model.ts';
import { useTexts } from '../i18n/i18n.ts';
import styles from './drop-veil.module.css';
import { droppedEntries } from './files.ts';

const bringsFiles = (event: DragEvent): boolean => event.dataTransfer?.types.includes('Files') ?? false;

/** Takes files and folders dropped anywhere in the window, and says so while they hover over it. */
export function DropVeil(): ReactNode {
  const { t } = useTexts();
  const { host, library } = useModel();
  const [hovering, setHovering] = useState(false);

  useEffect(() => {
    // Entering a child comes before leaving its parent, so the two are counted.
    let depth = 0;

    function onEnter(event: DragEvent): void {
      if (!bringsFiles(event)) return;
      event.preventDefault();
      depth += 1;
      setHovering(true);
    }
    function onOver(event: DragEvent): void {
      if (bringsFiles(event)) event.preventDefault();
    }
    function onLeave(event: DragEvent): void {
      if (!bringsFiles(event)) return;
      depth = Math.max(0, depth - 1);
      if (depth === 0) setHovering(false);
    }
    function onDrop(event: DragEvent): void {
      const transfer = event.dataTransfer;
      if (!transfer || !bringsFiles(event)) return;
      event.preventDefault();
      depth = 0;
      setHovering(false);
      const entries = host.takesFolders ? [] : droppedEntries(transfer);
      const { addEntries, addFiles } = library.getState();
      void (entries.length > 0 ? addEntries(entries) : addFiles([...transfer.files]));
    }

    const listeners = { dragenter: onEnter, dragover: onOver, dragleave: onLeave, drop: onDrop } as const;
    const controller = new AbortController();
    for (const [name, listener] of Object.entries(listeners))
      window.addEventListener(name as keyof typeof listeners, listener, { signal: controller.signal });
    return () => controller.abort();
  }, [host, library]);

  if (!hovering) return null;
  return (
    <div className={styles.veil} role="status">
      <div className={styles.sheet}>
        <p className={styles.title}>{t('drop.title')}</p>
        <p className={styles.detail}>{t('drop.detail')}</p>
      </div>
    </div>
  );
}
