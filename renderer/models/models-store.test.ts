import { describe, expect, test, vi } from 'vitest';
import { LonghandError } from '../../base/errors.ts';
import type { FileSource, SourceOptions } from '../app/host.ts';
import { setUp } from '../testing/model.ts';

const file = new File([], 'Qwen3-0.6B-Q8_0.gguf');

describe('the models', () => {
  test('are those that main lists, with the ones that are added and without those that are removed', async () => {
    const { model } = await setUp();
    const { models } = model;
    const names = () => models.getState().models.map(({ name }) => name);
    await models.getState().load();
    expect(names()).toEqual(['SmolLM2-135M-Instruct.Q4_1']);
    await models.getState().add(file);
    expect(names()).toEqual(['SmolLM2-135M-Instruct.Q4_1', 'Qwen3-0.6B-Q8_0']);
    await models.getState().remove(models.getState().models[1]?.id ?? '');
    expect(names()).toEqual(['SmolLM2-135M-Instruct.Q4_1']);
  });

  test('show how far one has been sent, stop sending it, and add one at a time', async () => {
    let options: SourceOptions | undefined;
    const sourceOf = vi.fn(
      (_: File, given: SourceOptions) =>
        new Promise<FileSource>((_resolve, reject) => {
          options = given;
          given.signal.addEventListener('abort', () => reject(new DOMException('Stopped.', 'AbortError')));
        }),
    );
    const { model } = await setUp({}, { sourceOf });
    const { models, notices } = model;
    const adding = models.getState().add(file);
    await models.getState().add(file);
    expect(sourceOf).toHaveBeenCalledTimes(1);
    options?.onProgress(0.25);
    expect(models.getState().adding).toEqual({ name: file.name, fraction: 0.25 });
    models.getState().cancel();
    await adding;
    expect(models.getState()).toMatchObject({ adding: null, models: [] });
    expect(notices.getState().notices).toEqual([]);
  });

  test('that cannot be added say why', async () => {
    const sourceOf = async (): Promise<FileSource> => {
      throw new LonghandError('disk', 'The disk is full.');
    };
    const { model } = await setUp({}, { sourceOf });
    await model.models.getState().add(file);
    expect(model.notices.getState().notices).toMatchObject([{ text: 'The disk is full.' }]);
    expect(model.models.getState().adding).toBeNull();
  });
});
