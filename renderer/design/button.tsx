import { Tooltip } from 'radix-ui';
import type { ComponentProps, ReactNode } from 'react';
import styles from './button.module.css';
import { cx } from './cx.ts';
import { useContainer } from './use-container.ts';

interface ButtonProps extends ComponentProps<'button'> {
  kind?: 'plain' | 'primary' | 'danger' | 'quiet';
}

export function Button({ kind = 'plain', className, ...rest }: ButtonProps): ReactNode {
  return <button type="button" className={cx(styles.button, styles[kind], className)} {...rest} />;
}

const landmarks = '[data-pane], [role="dialog"], header';

interface IconButtonProps extends Omit<ComponentProps<'button'>, 'aria-label'> {
  /** Its accessible name, and its tooltip. */
  label: string;
  /** Keys that do the same, shown in the tooltip. */
  keys?: string;
}

/** Key presses that closed a tooltip; they do what they do without one besides. */
export const closedTooltip = new WeakSet<Event>();

export function IconButton({ label, keys, className, children, ...rest }: IconButtonProps): ReactNode {
  const [landmark, attach] = useContainer(landmarks);
  return (
    <Tooltip.Root>
      <Tooltip.Trigger asChild ref={attach}>
        <button type="button" aria-label={label} className={cx(styles.icon, className)} {...rest}>
          {children}
        </button>
      </Tooltip.Trigger>
      <Tooltip.Portal container={landmark}>
        <Tooltip.Content
          className={styles.tooltip}
          sideOffset={6}
          collisionPadding={8}
          onEscapeKeyDown={(event) => closedTooltip.add(event)}
        >
          {label}
          {keys && <kbd className={styles.tooltipKeys}>{keys}</kbd>}
        </Tooltip.Content>
      </Tooltip.Portal>
    </Tooltip.Root>
  );
}
