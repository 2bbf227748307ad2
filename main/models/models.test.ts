import { mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { bundledModelId, findModel, listModels, modelNamed } from './models.ts';

const bundledFolder = join(import.meta.dirname, '../../native-models/bundled');

describe('models', () => {
  it('lists the one that ships with what its file says', async () => {
    expect(await listModels(bundledFolder)).toContainEqual(
      expect.objectContaining({
        id: bundledModelId,
        architecture: 'llama',
        contextLength: 8192,
        parameters: 134_515_008,
        license: 'apache-2.0',
      }),
    );
  });

  it('lists nothing that does not write: the weights for searching are no choice', async () => {
    const embeddings = 'all-minilm-l6-v2-int8';
    expect((await listModels(bundledFolder)).map(({ id }) => id)).not.toContain(embeddings);
    await expect(findModel(embeddings, bundledFolder)).rejects.toMatchObject({
      code: 'not-found',
      message: expect.not.stringMatching(`one of.*${embeddings}`),
    });
  });

  it('are found by id and by path', async () => {
    const { modelPath } = await findModel(bundledModelId, bundledFolder);
    expect(await findModel(modelPath, bundledFolder)).toEqual({ modelId: modelPath, modelPath });
  });

  it('are never found by a path that means another file elsewhere', async () => {
    const { modelPath } = await findModel(bundledModelId, bundledFolder);
    for (const path of [relative(process.cwd(), modelPath), '../../x.gguf', 'x.gguf'])
      await expect(findModel(path, bundledFolder)).rejects.toMatchObject({ code: 'not-found' });
  });

  it('are named at the start by the file that is there, or by their id', async () => {
    expect(modelNamed(bundledModelId)).toBe(bundledModelId);
    expect(modelNamed('M.GGUF')).toBe(resolve('M.GGUF'));
    expect(modelNamed('./weights.bin')).toBe(resolve('weights.bin'));
    // Whatever its name is, when there is such a file; a folder is no model.
    expect(modelNamed('package.json')).toBe(resolve('package.json'));
    expect(modelNamed('main')).toBe('main');
  });

  it('that do not exist are refused with the ids that do', async () => {
    await expect(findModel('gpt-9', bundledFolder)).rejects.toMatchObject({
      code: 'not-found',
      message: expect.stringContaining(bundledModelId),
    });
  });

  it('whose weights are missing or damaged say so, and do not hide the others', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'longhand-models-'));
    await mkdir(join(folder, 'broken'));
    await writeFile(join(folder, 'broken', 'weights.gguf'), 'GGUF');
    expect(await listModels(folder)).toEqual([]);
    await expect(findModel(bundledModelId, folder)).rejects.toMatchObject({ code: 'missing-weights' });
  });
});
