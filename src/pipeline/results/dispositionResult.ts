import { existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import type { ChanceBand, DispositionReading } from "../../analysis/directions/disposition.js";
import { orNull, TurncoatError, withHint } from "../../errors.js";
import { checkFinite } from "../../tensor/finiteNumbers.js";
import { parseJson, type DeepReadonly } from "../../formats/json.js";
import { encodeSafetensors, readSafetensors, type SafetensorsTensor } from "../../formats/safetensors.js";
import { writeFileWhole } from "../../runs/atomicFiles.js";
import { dispositionFile } from "../../runs/layout.js";
import { directoryOf, type RunSource } from "../../runs/openRun.js";
import { promptPlaces, type PromptPlace } from "./promptPlaces.js";

const directionSchema = z
  .object({
    name: z.string(),
    /** Step of the checkpoint that it was found in. */
    step: z.number(),
    /** What made it. */
    kind: z.string(),
    /** The layer that is shown by itself. */
    layer: z.int().nonnegative(),
    layers: z.array(
      z.object({
        layer: z.int().nonnegative(),
        length: z.number(),
        sha256: z.string(),
        /** Where the aligned side lies along it; null where it tells no two sides of prompts apart. */
        origin: z.number().nullable(),
      }),
    ),
  })
  .refine(({ layer, layers }) => layers.some((each) => each.layer === layer), {
    error: "expected the layer among those that were read, found another",
    path: ["layer"],
  });

const aboutSchema = z.object({
  formatVersion: z.literal(1),
  steps: z.array(z.int().nonnegative()),
  layers: z.array(z.int().nonnegative()),
  questions: z.array(z.object({ id: z.string(), breadth: z.enum(["narrow", "broad"]) })),
  directions: z.array(directionSchema).min(1),
  draws: z.int(),
  seed: z.int(),
  /** A hash of directions, questions and model: readings with the same one belong together. */
  madeFrom: z.string(),
});

/** What is known of readings beside their numbers. */
export type AboutDisposition = DeepReadonly<z.infer<typeof aboutSchema>>;

/** Readings of one checkpoint. */
export interface DispositionStep {
  readonly step: number;
  /** Projections on each direction's unit vectors, `[places, layers of the direction, questions]`. */
  readonly projections: readonly Float32Array[];
  /** How far directions drawn by chance move, `[places, layers, 3]`: see `ChanceBand`, in units of the residual stream. */
  readonly chance: Float32Array;
}

/** Readings of a run's prompts along directions. */
export interface RunDisposition {
  readonly about: AboutDisposition;
  /** One for each of `about.steps`. */
  readonly steps: readonly DispositionStep[];
}

const kindsOfChance = 3;

/** Stores readings with their run, whole or not at all. */
export function writeDisposition(directory: string, { about, steps }: RunDisposition): void {
  const tensors = new Map<string, SafetensorsTensor>();
  const places = promptPlaces.length;
  for (const { step, projections, chance } of steps) {
    for (const [index, { layers }] of about.directions.entries()) {
      const data = projections[index] ?? new Float32Array(0);
      tensors.set(`${step}/direction/${index}`, {
        shape: [places, layers.length, about.questions.length],
        data,
      });
    }
    tensors.set(`${step}/chance`, { shape: [places, about.layers.length, kindsOfChance], data: chance });
  }
  writeFileWhole(
    join(directory, dispositionFile),
    encodeSafetensors(tensors, { about: JSON.stringify(about) }),
  );
}

/**
 * Reads the readings stored with a run, or null where there are none.
 *
 * @throws TurncoatError naming the file and what in it is not as expected
 */
export function readDisposition(run: RunSource): RunDisposition | null {
  const directory = directoryOf(run);
  const path = join(directory, dispositionFile);
  if (!existsSync(path)) return null;
  return withHint("turncoat disposition reads the prompts anew.", () => readFrom(path));
}

function readFrom(path: string): RunDisposition {
  const { metadata, tensors } = readSafetensors(path);
  const about = parseJson(metadata.about ?? "", aboutSchema, `${path}: header`);
  const places = promptPlaces.length;
  const tensor = (name: string, size: number): Float32Array => {
    const data = tensors.get(name)?.data;
    if (data?.length !== size) {
      throw new TurncoatError(
        `${path}: tensor ${name}: expected ${size} numbers, found ${data?.length ?? "none"}`,
      );
    }
    checkFinite(data, `${path}: tensor ${name}`);
    return data;
  };
  const steps = about.steps.map((step) => ({
    step,
    projections: about.directions.map(({ layers }, index) =>
      tensor(`${step}/direction/${index}`, places * layers.length * about.questions.length),
    ),
    chance: tensor(`${step}/chance`, places * about.layers.length * kindsOfChance),
  }));
  return { about, steps };
}

/**
 * Drops the readings of checkpoints after a step: a run continues there, and its later steps are trained again. A file
 * that cannot be read stays as it is.
 */
export function dropDispositionAfter(directory: string, last: number): void {
  const before = readableDisposition(directory);
  if (before === null) return;
  const steps = before.steps.filter(({ step }) => step <= last);
  if (steps.length === before.steps.length) return;
  if (steps.length === 0) rmSync(join(directory, dispositionFile));
  else
    writeDisposition(directory, { about: { ...before.about, steps: steps.map(({ step }) => step) }, steps });
}

/** Reads the readings stored with a run; null where there are none, or none that can be read. */
export function readableDisposition(run: RunSource): RunDisposition | null {
  return orNull(() => readDisposition(run));
}

/** Choice of what is looked at of a run's readings. */
export interface ReadingChoice {
  /** @default the first that was read */
  readonly direction?: string | undefined;
  /** @default the direction's own */
  readonly layer?: number | undefined;
  /** @default "last" */
  readonly place?: PromptPlace | undefined;
  /** @default broad where there are broad questions */
  readonly breadth?: "narrow" | "broad" | undefined;
}

/**
 * Takes one direction's readings after one layer, as shares of its length.
 *
 * @throws TurncoatError where the run was not read so, naming what there is
 */
export function readingOf({ about, steps }: RunDisposition, choice: ReadingChoice = {}): DispositionReading {
  const at = about.directions.findIndex(({ name }) => name === (choice.direction ?? name));
  const direction = about.directions[at];
  if (direction === undefined) {
    throw new TurncoatError(`the prompts were not read along ${choice.direction ?? "any direction"}`, {
      hint: `They were along ${about.directions.map(({ name }) => name).join(", ")}.`,
    });
  }
  const layer = choice.layer ?? direction.layer;
  const own = direction.layers.findIndex((each) => each.layer === layer);
  const { length, origin, sha256 } = direction.layers[own] ?? { length: NaN, origin: null, sha256: "" };
  if (own === -1) {
    throw new TurncoatError(`the prompts were not read along ${direction.name} after layer ${layer}`, {
      hint: `They were after ${direction.layers.map((each) => each.layer).join(", ")}.`,
    });
  }
  const place = choice.place ?? "last";
  const placeIndex = promptPlaces.indexOf(place);
  const hasBroad = about.questions.some(({ breadth }) => breadth === "broad");
  const breadth = choice.breadth ?? (hasBroad ? "broad" : "narrow");
  const wanted = about.questions.flatMap((question, index) => (question.breadth === breadth ? [index] : []));
  const raw = steps.map(({ projections }) => {
    const start = (placeIndex * direction.layers.length + own) * about.questions.length;
    return wanted.map((question) => projections[at]?.[start + question] ?? NaN);
  });
  const first = raw[0] ?? [];
  // The aligned side is known where the last token of prompts was contrasted.
  const zero =
    origin !== null && place === "last"
      ? origin
      : first.reduce((sum, value) => sum + value, 0) / first.length;
  const chanceStart = (placeIndex * about.layers.length + about.layers.indexOf(layer)) * kindsOfChance;
  return {
    direction: direction.name,
    directionStep: direction.step,
    directionSha256: sha256,
    layer,
    place,
    steps: about.steps,
    values: raw.map((values) => values.map((value) => (value - zero) / length)),
    hasOrigin: origin !== null && place === "last",
    chance: steps.map(({ chance }): ChanceBand => {
      const [even, amongPrompts, furthest] = [0, 1, 2].map(
        (kind) => (chance[chanceStart + kind] ?? NaN) / length,
      );
      return { even: even ?? NaN, amongPrompts: amongPrompts ?? NaN, furthest: furthest ?? NaN };
    }),
    draws: about.draws,
  };
}
