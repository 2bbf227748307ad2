/** Makes the file of word vectors that ships beside the embedding model, from the model itself. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { quantize } from '../../main/library/vector-index.ts';
import { openEmbedder } from '../../main/perception/embeddings.ts';
import { embeddingModelId } from '../../main/perception/protocol.ts';
import { wholeWords } from '../../main/perception/word-vectors.ts';
import { appFolders } from '../../main/shell/folders.ts';

/** Writes the vectors of the words that the model has in its vocabulary to `path`; gives how many. */
export async function makeWordVectors(path: string): Promise<number> {
  const folder = join(appFolders().bundled, embeddingModelId);
  const words = await wholeWords(folder);
  const embedder = await openEmbedder(folder, 2);
  await writeFile(path, quantize(await embedder.embed(words)));
  await embedder.dispose();
  return words.length;
}
