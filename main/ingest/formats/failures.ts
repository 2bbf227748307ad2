/** Errors of a format's reader: whatever it throws is told with the file's name. */
import { LonghandError } from '../../../base/errors.ts';
import type { Format } from './format.ts';

/**
 * A reader whose errors are sentences that name the file. Readers may throw a clause ("its end is
 * missing"); an error of any other kind means that the file is not what its format asks for.
 */
export function namingErrors(formatName: string, read: Format['read']): Format['read'] {
  return async function* (input) {
    try {
      return yield* read(input);
    } catch (thrown) {
      const error = thrown as Error;
      if (error instanceof LonghandError && error.message.startsWith('“')) throw error;
      const code = error instanceof LonghandError ? error.code : 'bad-file';
      throw new LonghandError(
        code,
        `“${input.fileName}” cannot be read as ${formatName}: ${error.message.replace(/\.$/, '')}.`,
        { cause: thrown },
      );
    }
  };
}

/** The error of a file without any text. */
export const noText = (): LonghandError => new LonghandError('bad-file', 'there is no text in it');
