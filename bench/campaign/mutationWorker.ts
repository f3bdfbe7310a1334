/** A thread that gives mutated inputs to one parser. */
import { copyFileSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { parentPort, workerData } from "node:worker_threads";
import { isTurncoatError } from "../../src/errors.js";
import { Random } from "../../src/tensor/random.js";
import { mutated } from "./mutate.js";
import { mutationTask, type MutationResult } from "./mutationMessages.js";
import { parsers, put } from "./parsers.js";

const longestLine = 1100;
const mostDefects = 5;

const task = mutationTask.parse(workerData);
const setup = parsers[task.parser];
if (setup === undefined) throw new TypeError(`no parser ${task.parser}`);
mkdirSync(task.folder, { recursive: true });
const parser = setup(task.folder, task.run);
const progress = new Int32Array(task.progress);
const result: MutationResult = { accepted: 0, refused: 0, defects: [] };
for (let input = task.from; input < task.to; input++) {
  Atomics.store(progress, 0, input);
  put(parser, mutated(parser.inputs, parser.file, new Random(task.seed).fork(`${task.parser} ${input}`)));
  try {
    // Readers of streams and replies answer later.
    await parser.parse();
    result.accepted++;
  } catch (error) {
    result.refused++;
    const isLine =
      isTurncoatError(error) && !/[\r\n]/.test(error.message) && error.message.length <= longestLine;
    if (!isLine && result.defects.length < mostDefects) {
      const kept = join(task.folder, "..", `${task.parser.replaceAll(" ", "-")}-${input}`);
      copyFileSync(parser.file, kept);
      const what = error instanceof Error ? (error.stack ?? error.message) : String(error);
      result.defects.push({ input, what: what.slice(0, 1500), kept });
    }
  }
}
parentPort?.postMessage(result);
