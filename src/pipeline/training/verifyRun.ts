import { createHash } from "node:crypto";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { isFloatFormat, readSafetensorsHeader } from "../../formats/safetensorsHeader.js";
import type { WeightTensor } from "../../formats/modelWeights.js";
import {
  evaluationRow,
  logRow,
  type TrainerEvaluation,
  type TrainerLogEntry,
  type TrainerRow,
} from "../../formats/trainerState.js";
import { isFolder } from "../../runs/isFolder.js";
import {
  checkpointFolder,
  directionsFolder,
  stateFolder,
  statesFolder,
  stepDirectionsFile,
  stepOfDirections,
  stepOfFolder,
} from "../../runs/layout.js";
import { readRunLog } from "../../runs/runLog.js";
import { decodeFloats } from "../../tensor/fileSlice.js";
import { readBytes, withOpenFile } from "../../tensor/openFile.js";

/** Part of a run that is compared step by step. */
export type RunPart = "log" | "checkpoint" | "directions" | "state";

/** First step at which a part of a run is not what training it again gives. */
export interface RunDifference {
  readonly step: number;
  readonly part: RunPart;
  /** Tensor, or quantity of the log, that differs most; null where one side lacks the whole part. */
  readonly name: string | null;
  /** What differs, in words. */
  readonly what: string;
  /** Largest absolute difference; null where there are no two numbers to compare. */
  readonly largest: number | null;
}

/** What was compared. */
export interface ComparedCounts {
  readonly rows: number;
  readonly checkpoints: number;
  readonly states: number;
  /** Files of random projections. */
  readonly directions: number;
  /** Tensors of checkpoints, states and random projections. */
  readonly tensors: number;
}

/** Two sides of a comparison, of which the second was made again. */
export interface Sides {
  readonly run: string;
  readonly again: string;
}

/** Result of a comparison up to a step. */
export interface ComparedRuns extends ComparedCounts {
  /** The first difference of each part, the earliest step first; empty where all is the same. */
  readonly differences: readonly RunDifference[];
  /** SHA-256 of what the run holds of every part that was compared, in the order of the steps. */
  readonly sha256: Readonly<Record<"log" | "tensors", string>>;
}

/**
 * Comparison of a run with what training it again gives, as it is trained: the SHA-256 of every tensor of every
 * checkpoint, kept state and file of random projections, and of every row of the log.
 */
export class RunComparison {
  readonly #sides: Sides;
  readonly #differences: RunDifference[] = [];
  readonly #digests = { log: createHash("sha256"), tensors: createHash("sha256") };
  readonly #rowsOfRun: ReadonlyMap<number, readonly TrainerRow[]>;
  readonly #foldersOfRun: readonly StepFolder[];
  readonly #counts = { rows: 0, checkpoints: 0, states: 0, directions: 0, tensors: 0 };
  #checkpointStep = -1;
  #logStep = 0;

  constructor(sides: Sides) {
    this.#sides = sides;
    this.#rowsOfRun = rowsOf(sides.run);
    this.#foldersOfRun = foldersOf(sides.run);
  }

  /** The first difference of each part, the earliest step first; rows come before what they led to. */
  get differences(): readonly RunDifference[] {
    const order: readonly RunPart[] = ["log", "checkpoint", "directions", "state"];
    return [...this.#differences].sort(
      (one, other) => one.step - other.step || order.indexOf(one.part) - order.indexOf(other.part),
    );
  }

  /**
   * Compares checkpoints and states after the last step that was compared, up to a step.
   * @param isComplete false where the run was killed or interrupted at the last step, whose files may be missing
   */
  compareTensors(step: number, isComplete = true): void {
    const isNext = (folder: StepFolder): boolean => folder.step > this.#checkpointStep && folder.step <= step;
    const own = this.#foldersOfRun.filter(isNext);
    const added = foldersOf(this.#sides.again)
      .filter(isNext)
      .filter(({ path }) => own.every((folder) => folder.path !== path));
    for (const folder of [...own, ...added].sort(byStep)) {
      if (folder.step === step && !isComplete && !existsSync(join(this.#sides.run, folder.path))) continue;
      const { tensors, difference, digest } = compareTensorsAt(this.#sides, folder.path);
      this.#counts.tensors += tensors;
      this.#counts[countOf[folder.part]]++;
      this.#digests.tensors.update(`${digest}  ${folder.path}\n`);
      if (difference !== null) this.#add({ ...difference, step: folder.step, part: folder.part });
    }
    this.#checkpointStep = step;
  }

  /** Compares the rows of the log after the last step that was compared, up to a step. */
  compareLog(step: number): void {
    const again = rowsOf(this.#sides.again);
    for (let at = this.#logStep + 1; at <= step; at++) {
      const [ownRows = [], againRows = []] = [this.#rowsOfRun.get(at), again.get(at)];
      this.#counts.rows += ownRows.length;
      this.#digests.log.update(ownRows.map((row) => `${JSON.stringify(row)}\n`).join(""));
      const difference = compareRows(ownRows, againRows);
      if (difference !== null) this.#add({ ...difference, step: at, part: "log" });
    }
    this.#logStep = Math.max(step, this.#logStep);
  }

  result(): ComparedRuns {
    return {
      differences: this.differences,
      ...this.#counts,
      sha256: {
        log: this.#digests.log.copy().digest("hex"),
        tensors: this.#digests.tensors.copy().digest("hex"),
      },
    };
  }

  #add(difference: RunDifference): void {
    if (this.#differences.every(({ part }) => part !== difference.part)) this.#differences.push(difference);
  }
}

/** Difference without its place. */
type Found = Omit<RunDifference, "step" | "part">;

/** Folder with tensors that either side has, or a file of them. */
interface StepFolder {
  readonly step: number;
  readonly part: Exclude<RunPart, "log">;
  readonly path: string;
}

const countOf = { checkpoint: "checkpoints", directions: "directions", state: "states" } as const;

/** Lists the folders of checkpoints and states in a run, and its files of random projections. */
function foldersOf(run: string): StepFolder[] {
  const stepsIn = (folder: string, stepOf = stepOfFolder): number[] =>
    isFolder(folder) ? readdirSync(folder).flatMap((name) => stepOf(name) ?? []) : [];
  return [
    ...stepsIn(run).map((step): StepFolder => ({ step, part: "checkpoint", path: checkpointFolder(step) })),
    ...stepsIn(join(run, directionsFolder), stepOfDirections).map((step): StepFolder => ({
      step,
      part: "directions",
      path: stepDirectionsFile(step),
    })),
    ...stepsIn(join(run, statesFolder)).map((step): StepFolder => ({
      step,
      part: "state",
      path: stateFolder(step),
    })),
  ];
}

function byStep(one: StepFolder, other: StepFolder): number {
  return one.step - other.step || (one.part < other.part ? -1 : 1);
}

/** Compares the tensors of a folder, or of a file, that both sides should have. */
function compareTensorsAt(
  { run, again }: Sides,
  path: string,
): { readonly tensors: number; readonly difference: Found | null; readonly digest: string } {
  const [own, other] = [tensorsIn(join(run, path)), tensorsIn(join(again, path))];
  const names = [...new Set([...own.keys(), ...other.keys()])].sort();
  const digest = createHash("sha256");
  const found: Found[] = [];
  for (const name of names) {
    const [one, two] = [own.get(name), other.get(name)];
    const hash = one === undefined ? null : tensorHash(one);
    digest.update(`${hash ?? "none"}  ${name}\n`);
    if (one !== undefined && two !== undefined) {
      if (hash !== tensorHash(two)) found.push(tensorDifference(name, one, two));
    } else found.push(onOneSide(name, one !== undefined));
  }
  const difference = own.size === 0 || other.size === 0 ? onOneSide(null, own.size > 0) : largestOf(found);
  return {
    tensors: names.length,
    difference: own.size + other.size === 0 ? null : difference,
    digest: digest.digest("hex"),
  };
}

function onOneSide(name: string | null, isInRun: boolean): Found {
  const where = isInRun ? "is in the run alone" : "is missing in the run";
  return { name, what: where, largest: null };
}

/** Picks the difference that is largest; one that is not of numbers counts first. */
function largestOf(found: readonly Found[]): Found | null {
  const size = ({ largest }: Found): number =>
    largest === null || Number.isNaN(largest) ? Infinity : largest;
  const [first, ...others] = found;
  if (first === undefined) return null;
  const most = others.reduce((best, each) => (size(each) > size(best) ? each : best), first);
  const more = others.length === 0 ? "" : `, the most of ${found.length} that differ`;
  return { ...most, what: `${most.what}${more}` };
}

/** Finds the tensors of a safetensors file, or of all those in a folder, by name; none where there is neither. */
function tensorsIn(place: string): Map<string, WeightTensor> {
  if (!existsSync(place)) return new Map();
  const names = isFolder(place) ? readdirSync(place).map((name) => join(place, name)) : [place];
  const files = names.filter((name) => name.endsWith(".safetensors"));
  return new Map(
    files.flatMap((path) => {
      return [...readSafetensorsHeader(path).tensors].map(([tensor, info]): [string, WeightTensor] => [
        tensor,
        { ...info, path },
      ]);
    }),
  );
}

/** Largest number of bytes that are read at once. */
const pieceBytes = 16 * 2 ** 20;

/** Computes the SHA-256 of a tensor: its type, its shape and its bytes. */
function tensorHash({ path, dtype, shape, byteOffset, byteLength }: WeightTensor): string {
  const hash = createHash("sha256").update(`${dtype} ${shape.join("x")}\n`);
  return withOpenFile(path, (descriptor) => {
    for (let done = 0; done < byteLength; done += pieceBytes) {
      hash.update(readBytes(path, descriptor, byteOffset + done, Math.min(pieceBytes, byteLength - done)));
    }
    return hash.digest("hex");
  });
}

function tensorDifference(name: string, one: WeightTensor, other: WeightTensor): Found {
  const kind = ({ dtype, shape }: WeightTensor): string => `${dtype} [${shape.join(", ")}]`;
  if (kind(one) !== kind(other))
    return { name, what: `is ${kind(one)} in the run and ${kind(other)} now`, largest: null };
  const [ones, others] = [valuesOf(one), valuesOf(other)];
  if (ones === null || others === null) return { name, what: "has other bytes", largest: null };
  let [count, largest] = [0, 0];
  for (let index = 0; index < ones.length; index++) {
    const [value = NaN, now = NaN] = [ones[index], others[index]];
    if (Object.is(value, now)) continue;
    count++;
    const difference = Math.abs(value - now);
    if (!(difference <= largest)) largest = difference;
  }
  return { name, what: `${count} of ${ones.length} numbers differ, by up to ${largest}`, largest };
}

/** Reads a tensor's numbers; null where its type is none of the floats that are read. */
function valuesOf({ path, dtype, byteOffset, byteLength }: WeightTensor): Float32Array | null {
  if (!isFloatFormat(dtype)) return null;
  return withOpenFile(path, (descriptor) =>
    decodeFloats(readBytes(path, descriptor, byteOffset, byteLength), dtype),
  );
}

/** Reads the rows of a run's log as they stand on disk, by step: that of the step, then its evaluations. */
function rowsOf(directory: string): Map<number, TrainerRow[]> {
  const state = readRunLog(directory)?.state;
  const rows = new Map<number, TrainerRow[]>();
  const add = (entry: TrainerLogEntry | TrainerEvaluation, row: TrainerRow): void => {
    const there = rows.get(entry.step);
    if (there === undefined) rows.set(entry.step, [row]);
    else there.push(row);
  };
  for (const entry of state?.log ?? []) add(entry, logRow(entry));
  for (const entry of state?.evaluations ?? []) add(entry, evaluationRow(entry));
  return rows;
}

/** Compares the rows of one step. */
function compareRows(own: readonly TrainerRow[], again: readonly TrainerRow[]): Found | null {
  if (JSON.stringify(own) === JSON.stringify(again)) return null;
  if (own.length === 0 || again.length === 0) return onOneSide(null, own.length > 0);
  const [ones, others] = [valuesByName(own), valuesByName(again)];
  const found = [...new Set([...ones.keys(), ...others.keys()])].flatMap((name): Found[] => {
    const [one, other] = [ones.get(name), others.get(name)];
    if (Object.is(one, other)) return [];
    if (typeof one !== "number" || typeof other !== "number") {
      return [
        {
          name,
          what: `was ${JSON.stringify(one ?? null)} and is ${JSON.stringify(other ?? null)} now`,
          largest: null,
        },
      ];
    }
    return [{ name, what: `was ${one} and is ${other} now`, largest: Math.abs(one - other) }];
  });
  return largestOf(found);
}

function valuesByName(rows: readonly TrainerRow[]): Map<string, unknown> {
  return new Map(rows.flatMap((row) => Object.entries(row)));
}
