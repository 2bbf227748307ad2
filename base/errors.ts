/**
 * The one error type of Longhand. Everything that can go wrong and that a person may have to read
 * is thrown as a `LonghandError`: a stable `code` for programs, and a `message` that is a whole
 * sentence saying what happened, with which input, and what to do about it.
 */

/** Every code an error can carry. A new kind of failure gets a new row here, never a bare `Error`. */
export const errorCodes = [
  'bad-request', // a message, parameter or command line that does not follow its contract
  'not-found', // the named thing does not exist
  'cancelled', // the person stopped it
  'bad-file', // a file is damaged, hostile, or not what it says it is
  'needs-password', // the file is encrypted, and the password is missing or wrong
  'unsupported', // the input is well-formed, but this version cannot handle it
  'too-large', // the input exceeds a stated bound
  'no-memory', // the machine has not enough memory
  'disk', // the disk is full, unwritable, or failed
  'data-newer', // the data folder was written by a newer version
  'data-corrupt', // stored data failed its integrity check
  'in-use', // another process holds the data folder, the port, …
  'missing-weights', // a model's weights are not where they should be
  'process-lost', // a utility process crashed or was killed
  'device', // the chosen device (CPU, WebGPU) cannot be used
  'forbidden', // the caller is not allowed to do this
  'internal', // a bug: anything that reached a boundary without a code
] as const;

export type ErrorCode = (typeof errorCodes)[number];

export class LonghandError extends Error {
  override readonly name = 'LonghandError';

  constructor(
    readonly code: ErrorCode,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** What crosses a process boundary in place of an `Error`. */
export interface ErrorData {
  code: ErrorCode;
  message: string;
}

/** The data of any thrown value; what is not a `LonghandError` becomes `internal`. */
export function errorData(thrown: unknown): ErrorData {
  if (thrown instanceof LonghandError) return { code: thrown.code, message: thrown.message };
  if (thrown instanceof Error && thrown.name === 'AbortError') return { code: 'cancelled', message: 'Stopped.' };
  return { code: 'internal', message: thrown instanceof Error ? thrown.message : String(thrown) };
}

/** Any thrown value as an error with a code: itself when it is one, else with the value as its cause. */
export function asLonghandError(thrown: unknown): LonghandError {
  if (thrown instanceof LonghandError) return thrown;
  const { code, message } = errorData(thrown);
  return new LonghandError(code, message, { cause: thrown });
}

/** The error that `errorData` came from, on the other side of the boundary. */
export function errorFromData(data: ErrorData): LonghandError {
  return new LonghandError(data.code, data.message);
}

/** True for the error that a cancelled operation ends with. */
export function isCancelled(thrown: unknown): boolean {
  return errorData(thrown).code === 'cancelled';
}

/** Throws the `cancelled` error when the signal has fired: call it between the steps of anything long. */
export function throwIfCancelled(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw new LonghandError('cancelled', 'Stopped.');
}
