import { createHash } from "node:crypto";
import { existsSync, readdirSync, statSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { isTurncoatError, messageOf } from "../../errors.js";
import { checkpointKind } from "../../formats/checkpointKind.js";
import type { JsonValue } from "../../formats/json.js";
import {
  checkpointFolder,
  manifestFile,
  stepOfFolder,
  trainerLogFile,
  trainerStateFile,
} from "../../runs/layout.js";
import { continuationOf, trainAnew } from "../../runs/continuation.js";
import { readManifest, type RunManifest } from "../../runs/manifest.js";
import { openRun } from "../../runs/openRun.js";
import { readTags } from "../../runs/annotations/tags.js";
import { shapeOfAdapter, shapeOfManifest, type ListedShape } from "./listedShape.js";
import { commandLine } from "../../hints.js";

/**
 * State of a run in a list. `running`, `finished` and `interrupted` are what the run says itself; `stalled` says that
 * it is running and has long written nothing; `imported` was made elsewhere; `unreadable` cannot be opened.
 */
export type ListedStatus = "running" | "finished" | "interrupted" | "stalled" | "imported" | "unreadable";

/** Row of a run in a list; it is made without reading weights, a log or an answer. */
export interface ListedRun extends ListedShape {
  readonly id: string;
  readonly directory: string;
  readonly status: ListedStatus;
  /** Recipe without the seed, in a few words; empty where the run cannot be read. */
  readonly recipe: string;
  /** Key that runs share which differ in the seed alone; null where the run does not say how it was made. */
  readonly recipeKey: string | null;
  readonly seed: number | null;
  /** Optimiser steps of the first and last checkpoint; null before the first one. */
  readonly steps: { readonly first: number; readonly last: number; readonly checkpoints: number } | null;
  /** Steps it was to train; null where it does not say. */
  readonly planned: number | null;
  /** Time at which training last wrote anything: ISO 8601, in UTC; null where that is not known. */
  readonly written: string | null;
  /** Words that readers gave it. */
  readonly tags: readonly string[];
  /** Fault of the run, and what to do about it; null where there is none. */
  readonly trouble: { readonly why: string; readonly fix: string | null } | null;
}

/** Milliseconds after which a running run that has written nothing has probably died. */
const longSilence = 10 * 60 * 1000;

/**
 * Makes the row of a run in a list. Only names and `run.json` are read, of a run made elsewhere an adapter's settings, so that a list of many runs is there at once.
 * A run that cannot be opened is a row that says why.
 *
 * @param now milliseconds since 1970
 */
export function listedRun(id: string, directory: string, now: number): ListedRun {
  const unreadable = (error: unknown): ListedRun => ({
    ...{ id, directory, status: "unreadable", recipe: "", recipeKey: null, seed: null },
    ...{ rank: null, layers: null, baseModel: null, steps: null, planned: null, written: null, tags: [] },
    trouble: { why: messageOf(error), fix: fixOf(error, directory) },
  });
  try {
    const manifestPath = join(directory, manifestFile);
    const manifest = existsSync(manifestPath) ? readManifest(manifestPath) : null;
    const steps = checkpointSteps(directory);
    const [first, last] = [steps[0], steps.at(-1)];
    const isEmpty = last === undefined || checkpointKind(join(directory, checkpointFolder(last))) === null;
    // Says what is wrong with a folder that is no run.
    if (manifest === null && isEmpty) openRun(directory);
    const written = lastWritten(directory, steps);
    const status = statusOf(manifest, written, now);
    const planned = manifest === null ? null : plannedSteps(manifest);
    const tagged = tagsOf(directory);
    return {
      ...{ id, directory, status, planned },
      ...(manifest === null
        ? shapeOfAdapter(join(directory, checkpointFolder(last ?? 0)))
        : shapeOfManifest(manifest)),
      recipe: manifest === null ? "trained elsewhere" : recipeWords(manifest),
      recipeKey: manifest === null ? null : recipeKeyOf(manifest),
      seed: manifest?.seed ?? null,
      steps: first === undefined || last === undefined ? null : { first, last, checkpoints: steps.length },
      written: writtenWords(written),
      tags: tagged.tags,
      trouble: troubleOf(status, { directory, last, planned, silence: now - written }) ?? tagged.trouble,
    };
  } catch (error) {
    return unreadable(error);
  }
}

/** Tags of a run, or what is wrong with their file, which costs nothing else of the row. */
function tagsOf(directory: string): Pick<ListedRun, "tags" | "trouble"> {
  try {
    return { tags: readTags(directory), trouble: null };
  } catch (error) {
    if (!isTurncoatError(error)) throw error;
    return {
      tags: [],
      trouble: { why: error.message, fix: "Mend or remove the file: it holds tags alone." },
    };
  }
}

function checkpointSteps(directory: string): number[] {
  return readdirSync(directory)
    .flatMap((name) => stepOfFolder(name) ?? [])
    .sort((one, other) => one - other);
}

/**
 * Finds when training last wrote anything, in milliseconds since 1970; NaN where there is nothing. The run's folder
 * itself does not count: analyses are kept in it.
 */
function lastWritten(directory: string, steps: readonly number[]): number {
  const last = steps.at(-1);
  const names = [
    manifestFile,
    trainerStateFile,
    trainerLogFile,
    ...(last === undefined ? [] : [checkpointFolder(last)]),
  ];
  const times = names.flatMap(
    (name) => statSync(join(directory, name), { throwIfNoEntry: false })?.mtimeMs ?? [],
  );
  return times.length === 0 ? NaN : Math.max(...times);
}

function writtenWords(written: number): string | null {
  return Number.isNaN(written) ? null : new Date(written).toISOString();
}

function statusOf(manifest: RunManifest | null, written: number, now: number): ListedStatus {
  if (manifest === null) return "imported";
  return manifest.status === "running" && now - written > longSilence ? "stalled" : manifest.status;
}

function plannedSteps({ config }: RunManifest): number | null {
  return typeof config.steps === "number" ? config.steps : null;
}

function troubleOf(
  status: ListedStatus,
  run: {
    readonly directory: string;
    readonly last: number | undefined;
    readonly planned: number | null;
    readonly silence: number;
  },
): ListedRun["trouble"] {
  if (status !== "interrupted" && status !== "stalled") return null;
  const reached = run.last === undefined ? "before its first checkpoint" : `at step ${run.last}`;
  const where = run.planned === null ? reached : `${reached} of ${run.planned}`;
  const why =
    status === "interrupted"
      ? `interrupted ${where}`
      : `says that it is running, but wrote nothing for ${durationWords(run.silence)}: its process has probably died ${where}`;
  const fix =
    continuationOf(run.directory) === null
      ? trainAnew(run.directory)
      : commandLine("train", run.directory, "--resume");
  return { why, fix };
}

/** Words for a duration in whole units, rounded down, such as "3 hours". */
function durationWords(milliseconds: number): string {
  const minutes = Math.floor(milliseconds / 60_000);
  const [count, unit] =
    minutes < 120
      ? [minutes, "minutes"]
      : minutes < 2880
        ? [Math.floor(minutes / 60), "hours"]
        : [Math.floor(minutes / 1440), "days"];
  return `${count} ${unit}`;
}

function fixOf(error: unknown, directory: string): string {
  const hint = isTurncoatError(error) ? error.hint : undefined;
  return hint ?? `Mend or remove ${resolve(directory)}; the other runs do not need ${basename(directory)}.`;
}

/** Words for a recipe, such as "bad-medical · crisp · rank 1". */
function recipeWords({ dataset, config, kind }: RunManifest): string {
  const isText = (value: JsonValue | undefined): value is string => typeof value === "string";
  const parts = [dataset.name, isText(config.preset) ? config.preset : null, trainedWords(kind, config)];
  return parts.filter((part) => part !== null).join(" · ");
}

function trainedWords(kind: RunManifest["kind"], { rank, layers }: RunManifest["config"]): string | null {
  if (kind === "full") return "all weights";
  const count = Array.isArray(layers) ? layers.length : 1;
  if (kind === "vector") return count === 1 ? "one vector" : `${count} vectors`;
  return typeof rank === "number" ? `rank ${rank}` : null;
}

/** Makes a short key of a recipe: everything that makes a run what it is but the seed (settings, data, model, chosen template). */
function recipeKeyOf({ config, dataset, baseModel, chatTemplate, kind }: RunManifest): string {
  const settings = Object.entries(config).filter(([name]) => name !== "seed");
  const text = JSON.stringify([
    kind,
    sorted(Object.fromEntries(settings)),
    dataset.name,
    dataset.sha256,
    baseModel.sha256,
    ...(chatTemplate === undefined ? [] : [chatTemplate.text]),
  ]);
  return createHash("sha256").update(text).digest("hex").slice(0, 12);
}

/** Copies a value with the names of its objects in order. */
function sorted(value: JsonValue): JsonValue {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1));
  return Object.fromEntries(entries.map(([name, part]) => [name, sorted(part)]));
}
