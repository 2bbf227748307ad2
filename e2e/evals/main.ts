/** `npm run -s eval -- TASK [--json]`: how good the answers are, on real documents and with the real model. */
import { errorData } from '../../base/errors.ts';
import { evaluateAnswers } from './answers.ts';
import { type EvaluationArguments, parseArguments } from './args.ts';
import { evaluateTasks, readRows, writeReport } from './evaluate.ts';
import { evaluateIngest, ingestTable } from './ingest.ts';
import { evaluateMediaRecall, mediaRecallTable } from './media-recall.ts';
import { evaluateOcr, ocrTable, publishedLinesRight } from './ocr.ts';
import { markdownTable } from './report.ts';
import { evaluateSearch, searchTable } from './search.ts';
import { evaluateSpeech, publishedWordErrorRate, speechTable } from './speech.ts';
import { makeWordVectors } from './words.ts';

/** Does what was asked, and gives what is printed. */
async function run(options: EvaluationArguments): Promise<string> {
  if (options.kind === 'answers') {
    return `${JSON.stringify(await evaluateAnswers(options), null, options.json ? 0 : 2)}\n`;
  }
  if (options.kind === 'ingest') {
    const rows = await evaluateIngest();
    return options.json ? `${JSON.stringify({ rows })}\n` : ingestTable(rows);
  }
  if (options.kind === 'speech') {
    const rows = await evaluateSpeech();
    return options.json ? `${JSON.stringify({ rows, publishedWordErrorRate })}\n` : speechTable(rows);
  }
  if (options.kind === 'ocr') {
    const rows = await evaluateOcr();
    return options.json ? `${JSON.stringify({ rows, publishedLinesRight })}\n` : ocrTable(rows);
  }
  if (options.kind === 'media-recall') {
    const rows = await evaluateMediaRecall(options);
    return options.json ? `${JSON.stringify({ rows })}\n` : mediaRecallTable(rows);
  }
  if (options.kind === 'search') {
    const rows = await evaluateSearch(options);
    return options.json ? `${JSON.stringify({ rows })}\n` : searchTable(rows);
  }
  if (options.kind === 'words') {
    const count = await makeWordVectors(options.out);
    return `${options.out}: the vectors of ${count} words.\n`;
  }
  if (options.kind === 'report') {
    const rows = await readRows(options.files);
    if (options.out !== undefined) await writeReport(options.out, rows);
    return markdownTable(rows);
  }
  const { out } = options;
  const evaluation = await evaluateTasks(options, async (rows) => {
    if (out !== undefined) await writeReport(out, rows);
  });
  if (options.json) return `${JSON.stringify(evaluation)}\n`;
  return [markdownTable(evaluation.rows), ...evaluation.skipped.map((line) => `Left out: ${line}.\n`)].join('\n');
}

try {
  process.stdout.write(await run(parseArguments(process.argv.slice(2))));
} catch (thrown) {
  process.stderr.write(`${errorData(thrown).message}\n`);
  process.exitCode = 1;
}
