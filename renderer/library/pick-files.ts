import type { LibraryState } from './library-store.ts';

/** Lets the person choose files, and adds them. */
export function pickFiles({ extensions, addFiles }: Pick<LibraryState, 'extensions' | 'addFiles'>): void {
  const input = document.createElement('input');
  input.type = 'file';
  input.multiple = true;
  input.hidden = true;
  input.accept = extensions.map((extension) => `.${extension}`).join(',');
  // It stays in the page until it is closed: one that is nowhere may be gone before the choice is made.
  input.addEventListener('change', () => {
    void addFiles([...(input.files ?? [])]);
    input.remove();
  });
  input.addEventListener('cancel', () => input.remove());
  document.body.append(input);
  input.click();
}
