import { expect, test } from 'vitest';
import type { Citation, Message } from '../../main/ipc/contract.ts';
import { answerAsMarkdown } from './copy.ts';

const answer = { text: 'The bell rang.\n' } as Message;
const citation = { number: 1, title: 'Skerry Light', quote: 'The bell\nwas rung.' } as Citation;
const texts = { heading: 'Sources', place: () => 'p. 7' };

test('an answer is copied with its sources as a numbered list', () => {
  expect(answerAsMarkdown(answer, [citation], texts)).toBe(
    'The bell rang.\n\n**Sources**\n\n1. Skerry Light, p. 7: “The bell was rung.”\n',
  );
});

test('an answer without sources is copied alone', () => {
  expect(answerAsMarkdown(answer, [], texts)).toBe('The bell rang.\n');
});
