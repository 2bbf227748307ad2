import { describe, expect, it } from 'vitest';
import { commandOf, parseArguments, type TaskArguments } from './args.ts';
import { taskNames } from './items.ts';
import { conditions } from './runner.ts';

function parse(line: string) {
  return parseArguments(line.split(' '));
}

describe('parseArguments', () => {
  it('reads tasks with all of their options', () => {
    expect(
      parse(
        'recall,kv --tokens 4k,1M,5000 --trials 7 --seed 3 --conditions full,passages --model m --haystack h --data-dir d --json --out o.json',
      ),
    ).toEqual({
      kind: 'tasks',
      tasks: ['recall', 'kv'],
      tokens: [4096, 2 ** 20, 5000],
      trials: 7,
      seed: 3,
      conditions: ['full', 'passages'],
      model: 'm',
      haystack: 'h',
      dataFolder: 'd',
      json: true,
      out: 'o.json',
    });
  });

  it('has defaults', () => {
    expect(parse('trace')).toEqual({
      kind: 'tasks',
      tasks: ['trace'],
      tokens: [12, 14, 16, 18, 20].map((bits) => 2 ** bits),
      trials: 5,
      seed: 0,
      conditions: [...conditions],
      json: false,
    });
    expect(parse('all')).toMatchObject({ tasks: [...taskNames] });
  });

  it('reads the others', () => {
    expect(parse('answers --limit 3 --json')).toEqual({ kind: 'answers', limit: 3, json: true });
    expect(parse('ingest --json')).toEqual({ kind: 'ingest', json: true });
    expect(parse('media-recall')).toEqual({ kind: 'media-recall', minutes: [1], video: false, json: false });
    expect(parse('media-recall --minutes 1,60 --video --json')).toEqual({
      kind: 'media-recall',
      minutes: [1, 60],
      video: true,
      json: true,
    });
    expect(parse('search')).toEqual({ kind: 'search', tokens: [2 ** 16, 2 ** 20], seed: 0, json: false });
    expect(parse('search --tokens 16k --seed 3 --json')).toEqual({
      kind: 'search',
      tokens: [2 ** 14],
      seed: 3,
      json: true,
    });
    expect(parse('report a.json b.json --out c.json')).toEqual({
      kind: 'report',
      files: ['a.json', 'b.json'],
      out: 'c.json',
    });
  });

  it.each([
    ['', 'Name a task: recall'],
    ['recal', 'There is no "recal"'],
    ['recall --tokens many', '"many" is none'],
    ['recall --tokens 10', 'between 1k and 16M'],
    ['recall --trials 0', '--trials is a whole number from 1'],
    ['recall --trials 2.5', '"2.5" is none'],
    ['recall --conditions best', 'There is no "best"'],
    ['recall --unknown', "'--unknown'"],
    ['media-recall --minutes 1,300', '--minutes is a whole number from 1 to 180'],
    ['search --tokens 10', 'between 1k and 16M'],
    ['report', 'Name the files'],
  ])('refuses "%s" in a sentence', (line, message) => {
    expect(() => parse(line)).toThrow(
      expect.objectContaining({ code: 'bad-request', message: expect.stringContaining(message) }),
    );
  });
});

describe('commandOf', () => {
  it('gives back what was asked for', () => {
    const options = parse('kv,trace --tokens 4k,5000 --trials 2 --seed 9 --conditions window') as TaskArguments;
    const command = commandOf(options);
    expect(parseArguments(command.split(' ').slice(5))).toEqual(options);
  });

  it('names no path of this machine', () => {
    const command = commandOf(parse('recall --model /some/where/Model.gguf --haystack /some/where') as TaskArguments);
    expect(command).toContain('--model Model.gguf --haystack PATH');
    expect(command).not.toContain('/some');
  });
});
