/** All tasks by their names. */
import type { Task, TaskName } from '../items.ts';
import { aggregate } from './aggregate.ts';
import { chat } from './chat.ts';
import { kv } from './kv.ts';
import { multikey } from './multikey.ts';
import { multiquery } from './multiquery.ts';
import { multivalue } from './multivalue.ts';
import { paraphrase } from './paraphrase.ts';
import { recall } from './recall.ts';
import { reuse } from './reuse.ts';
import { trace } from './trace.ts';

export const tasks: Record<TaskName, Task> = {
  recall,
  multikey,
  multivalue,
  multiquery,
  kv,
  trace,
  aggregate,
  paraphrase,
  reuse,
  chat,
};
