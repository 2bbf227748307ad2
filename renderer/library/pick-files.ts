import { chooseFiles } from '../app/choose-files.ts';
import type { LibraryState } from './library-store.ts';

/** Lets the person choose documents, and adds them. */
export function pickFiles({ extensions, addFiles }: Pick<LibraryState, 'extensions' | 'addFiles'>): void {
  chooseFiles(extensions, (files) => void addFiles(files));
}
