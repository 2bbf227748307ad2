import type { Ref } from 'react';
import type { DocumentEntry, SectionSummary } from '../../main/ipc/contract.ts';
import type { Find } from './use-find.ts';

/** What the reader can tell a view to do. */
export interface ReaderView {
  /** Shows the beginning of a section: a page, or a part of a text. */
  goTo(ordinal: number): void;
}

/** What every view of a document gets. */
export interface ViewProps {
  ref: Ref<ReaderView>;
  document: DocumentEntry;
  outline: readonly SectionSummary[];
  /** 1 fits the width. */
  zoom: number;
  find: Find;
  /** Called with the ordinal of the section that is in view. */
  onPlace(ordinal: number): void;
}
