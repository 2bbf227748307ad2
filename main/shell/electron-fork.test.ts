import { EventEmitter } from 'node:events';
import { expect, test, vi } from 'vitest';
import type { ForkOptions } from '../../base/utility-process.ts';
import { forkWithElectron } from './electron-fork.ts';

class ProcessDouble extends EventEmitter {
  pid: number | undefined = undefined;
  postMessage = vi.fn();
  kill = vi.fn();
}

function forked(options?: ForkOptions) {
  const child = new ProcessDouble();
  const fork = vi.fn(() => child as never);
  return { child, fork, utility: forkWithElectron({ fork })('/app.asar/out/main/engine.js', options) };
}

test('a process gets its heap bounds, its environment and its name', () => {
  const { fork } = forked({ heapMiB: 512, youngMiB: 2, env: { EXTRA: '1' } });
  expect(fork).toHaveBeenCalledWith('/app.asar/out/main/engine.js', [], {
    stdio: ['ignore', 'ignore', 'inherit'],
    execArgv: ['--js-flags=--max-old-space-size=512 --max-semi-space-size=2'],
    env: { ...process.env, EXTRA: '1' },
    serviceName: 'Longhand engine',
  });
});

test('messages go both ways until it ends', () => {
  const { child, utility } = forked();
  const [heard, closed, exited] = [vi.fn(), vi.fn(), vi.fn()];
  utility.channel.onMessage(heard);
  utility.channel.onClose(closed);
  utility.onExit(exited);
  utility.channel.send('to');
  child.emit('message', 'from');
  child.emit('exit', 9);
  utility.channel.send('too late');
  expect(child.postMessage.mock.calls).toEqual([['to']]);
  expect(heard.mock.calls[0]?.[0]).toBe('from');
  expect(closed).toHaveBeenCalledOnce();
  expect(exited.mock.calls).toEqual([['it ended with status 9']]);
  const late = vi.fn();
  utility.onExit(late);
  expect(late.mock.calls).toEqual([['it ended with status 9']]);
});

test('a fatal error is told by the exit that follows, and ends nothing else', () => {
  const { child, utility } = forked();
  const exited = vi.fn();
  utility.onExit(exited);
  child.emit('error', 'FatalError', 'v8::ToLocalChecked', '');
  child.emit('exit', 133);
  expect(exited.mock.calls).toEqual([['it ended with status 133']]);
});

test('a process that has an id is killed, not asked', () => {
  const { child, utility } = forked();
  const kill = vi.spyOn(process, 'kill').mockReturnValue(true);
  utility.kill();
  expect(child.kill).toHaveBeenCalledOnce();
  child.pid = 4242;
  utility.kill();
  expect(kill.mock.calls).toEqual([[4242, 'SIGKILL']]);
  kill.mockRestore();
});
