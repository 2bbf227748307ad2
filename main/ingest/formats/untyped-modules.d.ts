/** Modules that ship without types, as far as they are used. */

declare module '@joplin/turndown-plugin-gfm' {
  import type TurndownService from 'turndown';
  /** GitHub Flavored Markdown: tables, strikethrough, task lists. */
  export const gfm: TurndownService.Plugin;
}

declare module 'pdfjs-dist/legacy/build/pdf.worker.mjs' {
  /** The parsing half of pdf.js, which the displaying half finds at `globalThis.pdfjsWorker`. */
  export const WorkerMessageHandler: unknown;
}
