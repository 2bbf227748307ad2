/**
 * The terminal around a program without a window. Whoever runs it may interrupt it, and may stop reading what it writes;
 * what it writes may come from any document, and must not command the terminal.
 */
import { constants } from 'node:os';

/** A process, as far as it is used here. */
export interface TerminalProcess {
  exitCode?: NodeJS.Process['exitCode'];
  stdout: Output;
  stderr: Output;
  on(event: 'SIGINT' | 'SIGTERM', listener: () => void): unknown;
  exit(status: number): void;
}

interface Output {
  write(text: string): unknown;
  on(event: 'error', listener: (error: NodeJS.ErrnoException) => void): unknown;
}

export interface Terminal {
  /** Fires at the first interrupt or termination, and when what is written cannot be written any more. */
  signal: AbortSignal;
  out(text: string): void;
  err(text: string): void;
}

/** The terminal of this process. */
export interface OwnTerminal extends Terminal {
  /**
   * The exit status of what did not come to its end: 1, or what shells give to a program that a signal ended, which is 128
   * and the signal's number.
   */
  failureStatus(): number;
}

/** An interrupt that follows so soon is the same one, passed on by the terminal and by a parent. */
const repeatedSignalMs = 500;

/** Takes over the interrupts and the output of this process: a later interrupt ends it at once. */
export function openTerminal(around: TerminalProcess = process): OwnTerminal {
  const stopping = new AbortController();
  let toldAt: number | undefined;
  let failureStatus = 1;
  let isRead = true;

  for (const name of ['SIGINT', 'SIGTERM'] as const)
    around.on(name, () => {
      const status = 128 + constants.signals[name];
      if (toldAt !== undefined && Date.now() - toldAt > repeatedSignalMs) around.exit(status);
      if (!stopping.signal.aborted) failureStatus = status;
      toldAt ??= Date.now();
      stopping.abort();
    });

  const err = (text: string): void => {
    if (isRead) around.stderr.write(printable(text));
  };
  around.stdout.on('error', ({ code, message }) => {
    around.exitCode = 1;
    if (stopping.signal.aborted) return;
    // Who read it has had enough, as "head" has: then there is nothing to say.
    if (code === 'EPIPE') isRead = false;
    else err(`What was found could not be written: ${message}.\n`);
    stopping.abort();
  });
  // Without anybody to tell of progress the work goes on.
  around.stderr.on('error', () => undefined);

  return {
    signal: stopping.signal,
    out: (text) => void around.stdout.write(printable(text)),
    err,
    failureStatus: () => failureStatus,
  };
}

/** A text in which a control character, but for a new line and a tab, is shown and does nothing. */
function printable(text: string): string {
  return text.replace(/(?![\n\t])\p{Cc}/gu, '\u{FFFD}');
}
