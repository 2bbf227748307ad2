import { expect, it } from 'vitest';
import { asLonghandError, LonghandError } from './errors.ts';

it('leaves an error as it is, and gives anything else a code and keeps it as the cause', () => {
  const error = new LonghandError('disk', 'The disk is full.');
  expect(asLonghandError(error)).toBe(error);
  const aborted = new DOMException('It was aborted.', 'AbortError');
  expect(asLonghandError(aborted)).toMatchObject({ code: 'cancelled', message: 'Stopped.', cause: aborted });
  const bug = new TypeError('x is not a function');
  expect(asLonghandError(bug)).toMatchObject({ code: 'internal', message: 'x is not a function', cause: bug });
  expect(asLonghandError('late')).toMatchObject({ code: 'internal', message: 'late', cause: 'late' });
});
