import { EventEmitter } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, expect, onTestFinished, test, vi } from 'vitest';
import { forkWithNode } from '../../base/utility-process.ts';
import { bundle } from '../library/testing/bundle.ts';
import { temporaryFolder } from '../library/testing/temporary-folder.ts';
import { openTerminal } from './terminal.ts';

class OutputDouble extends EventEmitter {
  written = '';
  write = (text: string): void => {
    this.written += text;
  };
  fail(code: string): void {
    this.emit('error', Object.assign(new Error(`${code}: it failed`), { code }));
  }
}

class ProcessDouble extends EventEmitter {
  exitCode: number | undefined = undefined;
  stdout = new OutputDouble();
  stderr = new OutputDouble();
  exit = vi.fn();
}

beforeEach(() => void vi.useFakeTimers({ toFake: ['Date'] }));
afterEach(() => void vi.useRealTimers());

function opened() {
  const around = new ProcessDouble();
  return { around, ...openTerminal(around) };
}

test.each([
  ['SIGINT', 130],
  ['SIGTERM', 143],
])('%s asks to stop, and a later one ends the process at once', (name, status) => {
  const { around, signal, failureStatus } = opened();
  expect(failureStatus()).toBe(1);
  around.emit(name);
  expect(signal.aborted).toBe(true);
  expect(failureStatus()).toBe(status);
  // The same one, passed on by a parent.
  around.emit(name);
  expect(around.exit).not.toHaveBeenCalled();
  vi.setSystemTime(Date.now() + 1000);
  around.emit('SIGINT');
  expect(around.exit.mock.calls).toEqual([[130]]);
  expect(failureStatus()).toBe(status);
});

test('control characters are shown, and do nothing', () => {
  const { around, out, err } = opened();
  out('A\u001b]0;title\u0007 B\u009b31m\tC\r\n');
  err('Reading "\u001b[2J"\n');
  expect(around.stdout.written).toBe('A�]0;title� B�31m\tC�\n');
  expect(around.stderr.written).toBe('Reading "�[2J"\n');
});

test('who stops reading stops the work, and hears no more of it', () => {
  const { around, signal, err } = opened();
  around.stdout.fail('EPIPE');
  around.stdout.fail('EPIPE');
  err('Stopped.\n');
  expect([signal.aborted, around.exitCode, around.stderr.written]).toEqual([true, 1, '']);
});

test('what cannot be written is told', () => {
  const { around, signal, failureStatus } = opened();
  around.stdout.fail('ENOSPC');
  around.emit('SIGINT');
  expect([signal.aborted, around.exitCode, failureStatus()]).toEqual([true, 1, 1]);
  expect(around.stderr.written).toBe('What was found could not be written: ENOSPC: it failed.\n');
});

test('without anybody to hear of progress the work goes on', () => {
  const { around, signal } = opened();
  around.stderr.fail('EPIPE');
  expect([signal.aborted, around.exitCode]).toEqual([false, undefined]);
});

test('a utility process leaves interrupts to the process that started it', async () => {
  const source = join(temporaryFolder(), 'echo.ts');
  const channel = JSON.stringify(resolve(import.meta.dirname, '../../base/utility-process.ts'));
  writeFileSync(
    source,
    `import { parentChannel } from ${channel};
const channel = parentChannel();
channel.onMessage((message) => channel.send(message));
channel.send('started');`,
  );
  const { path, remove } = await bundle(source);
  onTestFinished(remove);
  const child = forkWithNode(path);
  onTestFinished(() => child.kill());
  const heard = await new Promise<unknown[]>((done, fail) => {
    const messages: unknown[] = [];
    child.onExit((reason) => fail(new Error(reason)));
    child.channel.onMessage((message) => {
      messages.push(message);
      if (messages.length === 2) return done(messages);
      process.kill(child.pid ?? 0, 'SIGINT');
      child.channel.send('still there');
    });
  });
  expect(heard).toEqual(['started', 'still there']);
});
