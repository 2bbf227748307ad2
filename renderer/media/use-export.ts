import type { DocumentEntry } from '../../main/ipc/contract.ts';
import { useModel } from '../app/model.ts';
import type { MenuItem } from '../design/menu.tsx';
import { useTexts } from '../i18n/i18n.ts';

const formats = [
  { format: 'text', ending: 'txt', mediaType: 'text/plain' },
  { format: 'srt', ending: 'srt', mediaType: 'application/x-subrip' },
  { format: 'vtt', ending: 'vtt', mediaType: 'text/vtt' },
] as const;

/** The ways to save a recording's transcript as a file. */
export function useExport({ id, title }: DocumentEntry): MenuItem[] {
  const { t } = useTexts();
  const { connection, notices } = useModel();
  return formats.map(({ format, ending, mediaType }) => ({
    label: t(`media.formats.${format}`),
    onSelect: () =>
      void notices.getState().guard(async () => {
        const { text } = await connection.request('library.transcript', { id, format });
        saveFile(new Blob([text], { type: mediaType }), `${title}.${ending}`);
      }),
  }));
}

/** Hands a file to the person, who chooses where it goes. */
function saveFile(content: Blob, name: string): void {
  const url = URL.createObjectURL(content);
  const link = document.createElement('a');
  link.href = url;
  link.download = name.replace(/[\\/:*?"<>|\p{Cc}]+/gu, ' ');
  link.click();
  // The browser reads it after this turn.
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}
