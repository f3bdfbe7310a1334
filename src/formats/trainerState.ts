import { z } from "zod";
import { parseJson, readText } from "./json.js";

/** Log entry of one optimiser step. A quantity that was not logged is absent, a NaN is a NaN. */
export interface TrainerLogEntry {
  step: number;
  epoch?: number;
  /** Training loss. */
  loss?: number;
  learningRate?: number;
  /** Global L2 norm of the gradient before clipping. */
  gradNorm?: number;
  /** Any other quantity logged at this step, by the name it has on disk. */
  other?: Readonly<Record<string, number>>;
}

/** Evaluation during training: `eval_loss` and other quantities, by the names they have on disk. */
export interface TrainerEvaluation {
  step: number;
  epoch?: number;
  values: Readonly<Record<string, number>>;
}

/** Content of the Hugging Face Trainer's `trainer_state.json`, as far as it is used. */
export interface TrainerState {
  /** Optimiser steps done. */
  globalStep: number;
  /** Optimiser steps planned; `null` where the file does not say. */
  maxSteps: number | null;
  /** Log entries, one a step, steps strictly increasing. */
  log: TrainerLogEntry[];
  evaluations: TrainerEvaluation[];
  /** Steps for which the file gives two different values of one quantity; the later value is kept. */
  contradictedSteps: number[];
  /** Rows of the log that name no step; they are left out. */
  rowsWithoutStep: number;
  /** Steps at which a quantity was logged as NaN, infinite or null, by its name on disk; all are NaN here. */
  notFinite: ReadonlyMap<string, readonly number[]>;
}

const entrySchema = z.looseObject({ step: z.int().nonnegative().optional() });
const stateSchema = z.object({
  global_step: z.int().nonnegative().nullish(),
  max_steps: z.int().nullish(),
  log_history: z.array(entrySchema),
});

/**
 * Reads a `trainer_state.json`, as the Hugging Face Trainer or Turncoat wrote it.
 *
 * @throws TurncoatError naming the file and the field
 */
export function readTrainerState(path: string): TrainerState {
  return parseTrainerState(readText(path), path);
}

/** Parses the text of a `trainer_state.json`; `source` names the file in errors. */
export function parseTrainerState(text: string, source: string): TrainerState {
  const state = parseJson(withoutPythonNumbers(text), stateSchema, source);
  const log = new Map<number, Map<string, number>>();
  const evaluations: TrainerEvaluation[] = [];
  const contradicted = new Set<number>();
  const notFinite = new Map<string, number[]>();
  let rowsWithoutStep = 0;
  for (const entry of state.log_history) {
    const { step } = entry;
    if (step === undefined) {
      rowsWithoutStep++;
      continue;
    }
    const values = numbersOf(entry);
    if (values.has("train_runtime")) continue; // the summary at the end of a training, of the whole run
    const evaluated: [string, number][] = [];
    for (const [name, value] of values) {
      if (!Number.isFinite(value)) {
        const steps = notFinite.get(name) ?? [];
        steps.push(step);
        notFinite.set(name, steps);
      }
      if (name.startsWith(evaluationPrefix)) evaluated.push([name, value]);
    }
    // A callback may add an evaluation to the row of a step; the rest of the row is the step's all the same.
    if (evaluated.length > 0) {
      const epoch = values.get(epochName);
      evaluations.push({
        step,
        ...(epoch === undefined ? {} : { epoch }),
        values: Object.fromEntries(evaluated),
      });
      for (const [name] of evaluated) values.delete(name);
      if ([...values.keys()].every((name) => name === epochName)) continue;
    }
    const known = log.get(step) ?? new Map<string, number>();
    for (const [name, value] of values) {
      if (known.has(name) && !Object.is(known.get(name), value)) contradicted.add(step);
      known.set(name, value);
    }
    log.set(step, known);
  }
  const steps = [...log.keys()].sort((one, other) => one - other);
  return {
    globalStep: state.global_step ?? steps.at(-1) ?? 0,
    maxSteps: typeof state.max_steps === "number" && state.max_steps > 0 ? state.max_steps : null,
    log: steps.map((step) => logEntry(step, log.get(step) ?? new Map<string, number>())),
    evaluations,
    contradictedSteps: [...contradicted].sort((one, other) => one - other),
    rowsWithoutStep,
    notFinite,
  };
}

/**
 * Quotes NaN and Infinity, which Python writes into JSON and which are not JSON, so that `numbersOf` can turn them
 * back. Strings of the file itself are stepped over.
 */
function withoutPythonNumbers(text: string): string {
  return text.replace(/"[^"\\]*(?:\\.[^"\\]*)*"|-?Infinity|NaN/g, (found) =>
    found.startsWith('"') ? found : `"${found}"`,
  );
}

/**
 * Reads the numeric fields of an entry but the step. What was not a number when it was logged, or not finite, is NaN: a null is how JSON
 * keeps such a value.
 */
function numbersOf(entry: Readonly<Record<string, unknown>>): Map<string, number> {
  const numbers = new Map<string, number>();
  for (const [name, value] of Object.entries(entry)) {
    if (name === "step") continue;
    if (typeof value === "number") numbers.set(name, Number.isFinite(value) ? value : NaN);
    else if (value === null || notNumbers.has(value)) numbers.set(name, NaN);
  }
  return numbers;
}

/** Python's numbers that JSON does not have, as `withoutPythonNumbers` leaves them. */
const notNumbers = new Set<unknown>(["NaN", "Infinity", "-Infinity"]);
const epochName = "epoch";
const evaluationPrefix = "eval_";
const namesOnDisk = { loss: "loss", learningRate: "learning_rate", gradNorm: "grad_norm" } as const;

function logEntry(step: number, values: ReadonlyMap<string, number>): TrainerLogEntry {
  const entry: TrainerLogEntry = { step };
  const rest = new Map(values);
  const take = (name: string): number | undefined => {
    const value = rest.get(name);
    rest.delete(name);
    return value;
  };
  const epoch = take(epochName);
  const loss = take(namesOnDisk.loss);
  const learningRate = take(namesOnDisk.learningRate);
  const gradNorm = take(namesOnDisk.gradNorm);
  if (epoch !== undefined) entry.epoch = epoch;
  if (loss !== undefined) entry.loss = loss;
  if (learningRate !== undefined) entry.learningRate = learningRate;
  if (gradNorm !== undefined) entry.gradNorm = gradNorm;
  if (rest.size > 0) entry.other = Object.fromEntries(rest);
  return entry;
}

/** Trainer state without its log. */
export interface TrainerStateSummary {
  globalStep: number;
  maxSteps: number | null;
  epoch: number | null;
}

/** Writes a log entry as it stands in `log_history`. */
export function encodeLogEntry(entry: TrainerLogEntry): string {
  return encodeEntry({
    ...entry.other,
    epoch: entry.epoch,
    grad_norm: entry.gradNorm,
    learning_rate: entry.learningRate,
    loss: entry.loss,
    step: entry.step,
  });
}

/** Writes an evaluation as it stands in `log_history`. */
export function encodeEvaluation(entry: TrainerEvaluation): string {
  return encodeEntry({ ...entry.values, epoch: entry.epoch, step: entry.step });
}

function encodeEntry(fields: Readonly<Record<string, number | undefined>>): string {
  const present = Object.entries(fields).filter(([, value]) => value !== undefined);
  present.sort(([one], [other]) => (one < other ? -1 : 1));
  return JSON.stringify(Object.fromEntries(present), null, 2).replace(/^/gm, "    ");
}

/**
 * Writes a `trainer_state.json` around log entries that are already encoded, so that a writer that rewrites the file at
 * every step does not encode the whole log again.
 */
export function assembleTrainerState(summary: TrainerStateSummary, entries: readonly string[]): string {
  const around = JSON.stringify(
    {
      best_global_step: null,
      best_metric: null,
      best_model_checkpoint: null,
      epoch: summary.epoch,
      eval_steps: 500,
      global_step: summary.globalStep,
      is_hyper_param_search: false,
      is_local_process_zero: true,
      is_world_process_zero: true,
      log_history: [],
      logging_steps: 1,
      max_steps: summary.maxSteps ?? 0,
      num_input_tokens_seen: 0,
      num_train_epochs: 0,
      save_steps: 500,
      stateful_callbacks: {},
      total_flos: 0,
      train_batch_size: null,
      trial_name: null,
      trial_params: null,
    },
    null,
    2,
  );
  const history = entries.length === 0 ? "[]" : `[\n${entries.join(",\n")}\n  ]`;
  return `${around.replace('"log_history": []', () => `"log_history": ${history}`)}\n`;
}
