/** A process of `ReadingPool`: reads runs beside the process that answers requests. */
import { isTurncoatError } from "../../errors.js";
import { answerTasks } from "../../pipeline/processes/laneMessages.js";
import { confineReads } from "../../tensor/openFile.js";
import { systemFault } from "../../tensor/systemFaults.js";
import { BadRequest } from "../requestErrors.js";
import { readHere, type ReadingAnswer, type ReadingName, type ReadingTask } from "./readings.js";

answerTasks((name, task) => {
  if (!isReadingTask(task)) throw new TypeError(`reading process: expected a task, found ${name}`);
  return read(task);
});

/** Reads what a task names; an error that is the user's to mend keeps its words. */
function read({ name, given, runsRoot }: ReadingTask<ReadingName>): ReadingAnswer<ReadingName> {
  try {
    return { read: confineReads(runsRoot, () => readHere(name, given)) };
  } catch (error) {
    const known = isTurncoatError(error) ? error : systemFault(error);
    if (known === null) throw error;
    const { message, hint } = known;
    return { refused: { message, hint, isBadRequest: error instanceof BadRequest } };
  }
}

/** Tells the compiler what the pool of this build sends. */
function isReadingTask(value: unknown): value is ReadingTask<ReadingName> {
  return typeof value === "object" && value !== null && "given" in value;
}
