import { Popover as Radix } from 'radix-ui';
import type { ReactNode } from 'react';
import styles from './popover.module.css';

interface PopoverProps {
  trigger: ReactNode;
  /** Its accessible name, and its heading. */
  title: string;
  align?: 'start' | 'center' | 'end';
  children: ReactNode;
}

export function Popover({ trigger, title, align = 'start', children }: PopoverProps): ReactNode {
  return (
    <Radix.Root>
      <Radix.Trigger asChild>{trigger}</Radix.Trigger>
      <Radix.Portal>
        <Radix.Content className={styles.popover} align={align} sideOffset={6} collisionPadding={12} aria-label={title}>
          <h2 className={styles.title}>{title}</h2>
          {children}
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}

/** Names with their values, in two columns. */
export function Facts({ rows }: { rows: readonly (readonly [name: string, value: ReactNode])[] }): ReactNode {
  return (
    <dl className={styles.facts}>
      {rows.map(([name, value]) => (
        <div key={name} className={styles.fact}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}
