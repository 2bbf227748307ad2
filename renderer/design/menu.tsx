import { Check } from 'lucide-react';
import { DropdownMenu } from 'radix-ui';
import type { ReactNode } from 'react';
import styles from './menu.module.css';
import { useContainer } from './use-container.ts';

export interface MenuItem {
  label: string;
  onSelect(): void;
  danger?: boolean;
  /** Given for what is switched on and off. */
  checked?: boolean;
}

interface MenuProps {
  trigger: ReactNode;
  items: readonly MenuItem[];
}

export function Menu({ trigger, items }: MenuProps): ReactNode {
  const [pane, attach] = useContainer('[data-pane]');
  return (
    <DropdownMenu.Root modal={false}>
      <DropdownMenu.Trigger asChild ref={attach}>
        {trigger}
      </DropdownMenu.Trigger>
      <DropdownMenu.Portal container={pane}>
        <DropdownMenu.Content className={styles.menu} align="end" sideOffset={4} collisionPadding={8}>
          {items.map(({ label, onSelect, danger, checked }) =>
            checked === undefined ? (
              <DropdownMenu.Item key={label} className={styles.item} data-danger={danger} onSelect={onSelect}>
                {label}
              </DropdownMenu.Item>
            ) : (
              <DropdownMenu.CheckboxItem key={label} className={styles.item} checked={checked} onSelect={onSelect}>
                {label}
                <DropdownMenu.ItemIndicator>
                  <Check size={14} aria-hidden="true" />
                </DropdownMenu.ItemIndicator>
              </DropdownMenu.CheckboxItem>
            ),
          )}
        </DropdownMenu.Content>
      </DropdownMenu.Portal>
    </DropdownMenu.Root>
  );
}
