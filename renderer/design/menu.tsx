import { Check } from 'lucide-react';
import { DropdownMenu } from 'radix-ui';
import { type ReactNode, useRef } from 'react';
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
  const chosen = useRef<() => void>(undefined);
  // Done when the trigger has the focus again, to which a dialog that it opens gives it back.
  const doChosen = (): void => {
    if (chosen.current) setTimeout(chosen.current);
    chosen.current = undefined;
  };
  const choose = (act: () => void) => (): void => {
    chosen.current = act;
  };
  return (
    <DropdownMenu.Root modal={false}>
      <DropdownMenu.Trigger asChild ref={attach}>
        {trigger}
      </DropdownMenu.Trigger>
      <DropdownMenu.Portal container={pane}>
        <DropdownMenu.Content
          className={styles.menu}
          align="end"
          sideOffset={4}
          collisionPadding={8}
          onCloseAutoFocus={doChosen}
        >
          {items.map(({ label, onSelect, danger, checked }) =>
            checked === undefined ? (
              <DropdownMenu.Item key={label} className={styles.item} data-danger={danger} onSelect={choose(onSelect)}>
                {label}
              </DropdownMenu.Item>
            ) : (
              <DropdownMenu.CheckboxItem
                key={label}
                className={styles.item}
                checked={checked}
                onSelect={choose(onSelect)}
              >
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
