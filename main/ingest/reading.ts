/** A reading as main pulls it: step by step, and with a way back for the text of pictures, which are read elsewhere. */
import type { Result } from '../../base/rpc.ts';
import type { TextLine } from '../perception/ocr.ts';
import type { Protocol } from './protocol.ts';
import { type ReadInput, readDocument } from './reader.ts';

type Step = Result<Protocol, 'next'>;

export interface Reading {
  /** The next step; `lines` is the text of the picture that the step before was. Throws as `readDocument` does. */
  next(lines: TextLine[]): Promise<Step>;
}

export function startReading(input: Omit<ReadInput, 'readText'>): Reading {
  let show: (step: Step) => void = () => undefined;
  let answer: ((lines: TextLine[]) => void) | undefined;
  /** The step of the reader that waits for a picture's text. */
  let waiting: Promise<Step> | undefined;
  const steps = readDocument({
    ...input,
    readText: (picture, progress) =>
      new Promise((resolve) => {
        answer = resolve;
        show({ kind: 'picture', picture, progress });
      }),
  });

  async function nextStep(): Promise<Step> {
    const step = await steps.next();
    return step.done ? { kind: 'end', summary: step.value } : { kind: 'sections', ...step.value };
  }

  return {
    async next(lines) {
      const shown = new Promise<Step>((resolve) => {
        show = resolve;
      });
      answer?.(lines);
      answer = undefined;
      waiting ??= nextStep();
      const step = await Promise.race([waiting, shown]);
      if (step.kind !== 'picture') waiting = undefined;
      return step;
    },
  };
}
