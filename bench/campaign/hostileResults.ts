import { cpSync, mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { encodeSafetensors } from "../../src/formats/safetensors.js";
import {
  checkpointFolder,
  directionsFile,
  directionsFolder,
  dispositionFile,
  interventionFiles,
  likelihoodFile,
  stepDirectionsFile,
  stepOfFolder,
} from "../../src/runs/layout.js";

/** Does to a run, a copy of a healthy one, what is to hurt others. */
export type Harm = (run: string) => void;

/** Puts something in the place of a file of a run. */
export function instead(name: string, make: (path: string, run: string) => void): Harm {
  return (run) => {
    const path = join(run, name);
    rmSync(path, { recursive: true, force: true });
    mkdirSync(dirname(path), { recursive: true });
    make(path, run);
  };
}

/** Leaves of a run what has random projections of its steps, copied from a run that has them, and then does harm to it. */
export function projectedRun(projected: string, harm: Harm): Harm {
  return (run) => {
    for (const name of readdirSync(run)) {
      if ((stepOfFolder(name) ?? 0) > 0) rmSync(join(run, name), { recursive: true });
    }
    cpSync(join(projected, directionsFolder), join(run, directionsFolder), { recursive: true });
    cpSync(join(projected, checkpointFolder(24)), join(run, checkpointFolder(24)), { recursive: true });
    harm(run);
  };
}

const about = {
  ...{ formatVersion: 1, steps: [0], layers: [2], questions: [{ id: "q", breadth: "broad" }] },
  directions: [
    {
      ...{ name: "personas", step: 0, kind: "personas", layer: 2 },
      layers: [{ layer: 2, length: 1, sha256: "", origin: null }],
    },
  ],
  ...{ draws: 200, seed: 0, madeFrom: "" },
};

/** Writes readings of prompts that say of themselves what they like. */
function dispositionOf(fields: object, value = 0.5): Harm {
  return instead(dispositionFile, (path) =>
    writeFileSync(
      path,
      encodeSafetensors(
        new Map([
          ["0/direction/0", { shape: [2, 1, 1], data: Float32Array.of(value, value) }],
          ["0/chance", { shape: [2, 1, 3], data: new Float32Array(6) }],
        ]),
        { about: JSON.stringify({ ...about, ...fields }) },
      ),
    ),
  );
}

const vector = (length: number, value: number): { shape: number[]; data: Float32Array } => ({
  shape: [length],
  data: new Float32Array(length).fill(value),
});
const aboutVector = JSON.stringify({ layer: 1, unit: 1, madeFrom: { kind: "probe" } });

/** Writes directions by name. */
function directionsOf(count: number, length: number, value: number): Harm {
  const names = Array.from({ length: count }, (_, index) => `10/own${index}/1`);
  return instead(directionsFile, (path) =>
    writeFileSync(
      path,
      encodeSafetensors(new Map(names.map((name) => [name, vector(length, value)])), {
        formatVersion: "3",
        ...Object.fromEntries(names.map((name) => [name, aboutVector])),
      }),
    ),
  );
}

const many = <T>(count: number, make: (index: number) => T): T[] =>
  Array.from({ length: count }, (_, index) => make(index));

/** Runs whose measurements are to hurt the server, by name. */
export const hostileResults: Readonly<Record<string, Harm>> = {
  "prompts that are not finite": dispositionOf({}, NaN),
  "prompts read along nothing": dispositionOf({ directions: [] }),
  "prompts of 200 000 questions": dispositionOf({
    questions: many(2e5, (index) => ({ id: `q${index}`, breadth: "broad" })),
  }),
  "prompts at 200 000 steps": dispositionOf({ steps: many(2e5, (index) => index) }),
  "prompts after a billion layers": dispositionOf({ layers: [1e9] }),
  "directions that are not finite": directionsOf(3, 64, NaN),
  "directions of zeros": directionsOf(3, 64, 0),
  "directions of another width": directionsOf(3, 300_000, 0.1),
  "20 000 directions": directionsOf(20_000, 64, 0.1),
  "a gap of nonsense": instead(likelihoodFile, (path) =>
    writeFileSync(
      path,
      JSON.stringify({
        formatVersion: 1,
        narrow: null,
        broad: {
          ...{ steps: [0, 0, -1, 1e300], gap: [1], interval: [], preferred: [], pairs: -1, questions: 1e300 },
          halfRise: { step: 1e300, interval: [2, 1] },
        },
      }),
    ),
  ),
  "2 000 interventions": (run) => {
    for (const index of many(2000, (each) => each)) {
      const path = join(run, interventionFiles(`i${index}`).answers);
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, "{not JSON\n");
    }
  },
};

/** Runs of random projections that are to hurt the server, by name. */
export function hostileProjections(projected: string): Readonly<Record<string, Harm>> {
  const file = stepDirectionsFile(10);
  return {
    "projections as they should be": projectedRun(projected, () => undefined),
    "an empty file of projections": projectedRun(
      projected,
      instead(file, (path) => writeFileSync(path, "")),
    ),
    "20 000 files of projections": projectedRun(projected, (run) => {
      for (const index of many(20_000, (each) => each + 100)) {
        writeFileSync(join(run, stepDirectionsFile(index)), "");
      }
    }),
    "projections of no numbers": projectedRun(
      projected,
      instead(file, (path) =>
        writeFileSync(
          path,
          encodeSafetensors(new Map([["m.update", vector(0, 0)]]), {
            ...{ formatVersion: "1", projection: "count sketch", step: "10", seed: "0", numbers: "0" },
            modules: JSON.stringify({ m: { rank: 1, scaling: 1, inFeatures: 1e9, outFeatures: 1e9 } }),
          }),
        ),
      ),
    ),
  };
}
