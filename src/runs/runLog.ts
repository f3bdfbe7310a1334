import { appendFileSync, existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { isTurncoatError } from "../errors.js";
import { readText } from "../formats/json.js";
import { encodeJsonLine, readJsonLines } from "../formats/jsonl.js";
import {
  assembleTrainerState,
  parseTrainerState,
  trainerRowSchema,
  type TrainerRow,
  type TrainerState,
} from "../formats/trainerState.js";
import { writing } from "../tensor/systemFaults.js";
import { writeFileWhole } from "./atomicFiles.js";
import { trainerLogFile, trainerStateFile } from "./layout.js";

/** A row of the log with its place in it, so that a row that stands in both files counts once. */
const lineSchema = z.object({ at: z.int().nonnegative(), row: trainerRowSchema });

/** Growth of the log, as a share of what the whole file holds, after which that is written again. */
const growth = 0.25;

/**
 * Writer of the log of a run. Each row is appended to `trainer_log.jsonl` at once, and `trainer_state.json` is written
 * whole whenever the log has grown by a quarter, and at the end: a training of N steps writes a small multiple of what
 * N rows need, not N² rows.
 */
export class RunLogWriter {
  readonly #directory: string;
  readonly #maxSteps: number | null;
  readonly #rows: TrainerRow[] = [];
  /** Number of rows in `trainer_state.json`. */
  #written = 0;

  /** @param maxSteps planned; null where that is not known */
  constructor(directory: string, maxSteps: number | null) {
    this.#directory = directory;
    this.#maxSteps = maxSteps;
  }

  /** Takes rows that are on disk already; `writeWhole` makes them the log. */
  take(rows: readonly TrainerRow[]): void {
    // One by one: a long log has more rows than a call takes arguments.
    for (const row of rows) this.#rows.push(row);
  }

  /** Adds a row, which is on disk when this returns. */
  add(row: TrainerRow): void {
    const at = this.#rows.push(row) - 1;
    const path = join(this.#directory, trainerLogFile);
    // Training made this folder itself, so that no link of somebody else's stands here.
    writing(path, () => appendFileSync(path, encodeJsonLine({ at, row })));
    if (this.#rows.length >= (1 + growth) * this.#written) this.writeWhole();
  }

  /** Writes `trainer_state.json` with all rows. */
  writeWhole(): void {
    const path = join(this.#directory, trainerStateFile);
    writeFileWhole(path, assembleTrainerState(this.#rows, this.#maxSteps));
    this.#written = this.#rows.length;
    // A crash before this leaves rows that stand in both files; they count once.
    rmSync(join(this.#directory, trainerLogFile), { force: true });
  }
}

/** The log of a run as it was read. */
export interface RunLog {
  readonly state: TrainerState;
  /** Fault of the appended rows, in words; they are left out. Null where there is none. */
  readonly trouble: string | null;
}

/**
 * Reads the log of a run up to the row that was written last, whatever its writer was doing; null where there is none.
 *
 * @throws TurncoatError naming `trainer_state.json` and the field that is wrong
 */
export function readRunLog(directory: string): RunLog | null {
  // First, since the writer empties it after the other has its rows: the other way round rows could be missed.
  const { rows, trouble } = appendedRows(join(directory, trainerLogFile));
  const path = join(directory, trainerStateFile);
  const text = existsSync(path) ? readText(path) : null;
  if (text === null && rows.length === 0 && trouble === null) return null;
  return { state: parseTrainerState(text ?? '{"log_history":[]}', path, rows), trouble };
}

function appendedRows(path: string): {
  readonly rows: readonly z.infer<typeof lineSchema>[];
  readonly trouble: string | null;
} {
  if (!existsSync(path)) return { rows: [], trouble: null };
  try {
    return { rows: readJsonLines(path, lineSchema).records, trouble: null };
  } catch (error) {
    // The writer may have emptied it just now; any other fault is told.
    if (!existsSync(path)) return { rows: [], trouble: null };
    if (!isTurncoatError(error)) throw error;
    return { rows: [], trouble: error.message };
  }
}
