import { execFileSync } from "node:child_process";
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, test } from "vitest";
import { encodeSafetensors, readSafetensors } from "../../../src/formats/safetensors.js";
import { buildRunReport } from "../../../src/pipeline/report/runReport.js";
import {
  changeFile,
  checkpointFolder,
  dispositionFile,
  landscapeAlongFile,
  likelihoodFile,
  learningCoefficientFile,
  probesFile,
} from "../../../src/runs/layout.js";
import { confineReads } from "../../../src/tensor/openFile.js";
import { writeSyntheticRun } from "../../support/syntheticRun.js";
import { temporaryFolder } from "../../support/temporaryFolder.js";

/** The measurements kept beside a run, and the command that each is measured anew with. */
const kept = [
  [likelihoodFile, "likelihood"],
  [changeFile, "distribution"],
  [probesFile, "probe"],
  [dispositionFile, "disposition"],
  [learningCoefficientFile, "learning-coefficient"],
  [landscapeAlongFile, "landscape"],
] as const;

/** Ways in which a file can be damaged, and words of what is then said. */
const damages: Readonly<Record<string, { readonly make: (path: string) => void; readonly says: RegExp }>> = {
  "half of it missing": {
    make: (path) => writeFileSync(path, '{"formatVersion": 1, "bro'),
    says: /expected/,
  },
  "another record": { make: (path) => writeFileSync(path, "{}"), says: /field|expected/ },
  "nothing in it": { make: (path) => writeFileSync(path, ""), says: /expected/ },
  "a folder": { make: (path) => mkdirSync(path), says: /expected a file, found a folder/ },
  "a pipe": { make: (path) => execFileSync("mkfifo", [path]), says: /expected a file, found a pipe/ },
};

function runWith(file: string, damage: (path: string) => void): string {
  const directory = join(temporaryFolder(), "run");
  writeSyntheticRun(directory, { steps: 12, turn: 6 });
  const path = join(directory, file);
  mkdirSync(dirname(path), { recursive: true });
  damage(path);
  return directory;
}

describe.each(kept)("a damaged %s", (file, command) => {
  test.each(Object.entries(damages))("with %s costs no more than itself", async (_, { make, says }) => {
    const directory = runWith(file, make);
    const report = await buildRunReport(directory);
    const told = report.warnings.filter((warning) => warning.includes(file));
    expect(told).toHaveLength(1);
    expect(told[0]).toMatch(says);
    expect(told[0]).toContain(`; left out. turncoat ${command} `);
    expect(report.analysis.behavior).not.toBeNull();
    expect(report.figures.map(({ id }) => id)).toContain("loss");
  });

  test("that is a link out of the served folder is not followed", async () => {
    const directory = runWith(file, (path) => {
      const outside = join(temporaryFolder(), "secret.txt");
      writeFileSync(outside, "not to be shown");
      symlinkSync(outside, path);
    });
    const report = await confineReads(dirname(directory), () => buildRunReport(directory));
    const told = report.warnings.filter((warning) => warning.includes(file));
    expect(told).toHaveLength(1);
    expect(told[0]).toContain("a link that leads out of");
    expect(JSON.stringify(report)).not.toContain("not to be shown");
  });
});

test("an adapter that is not finite is told with its step, tensor and file, and the first of many gaps", async () => {
  const directory = join(temporaryFolder(), "run");
  writeSyntheticRun(directory, { steps: 12, turn: 6 });
  const fileOf = (step: number): string =>
    join(directory, checkpointFolder(step), "adapter_model.safetensors");
  const { tensors } = readSafetensors(fileOf(7));
  const broken = new Map(
    [...tensors].map(([name, { shape, data }]) => [
      name,
      { shape: [...shape], data: name.includes("lora_B") ? data.map(() => NaN) : data },
    ]),
  );
  writeFileSync(fileOf(7), encodeSafetensors(broken));
  const told = async (): Promise<string[]> =>
    (await buildRunReport(directory)).warnings.filter((warning) => warning.includes("is missing"));
  const [first, ...others] = await told();
  expect(others).toEqual([]);
  expect(first).toContain(
    `step 7 is missing: ${fileOf(7)}: lora_B of model.layers.2.mlp.down_proj: 48 of 48`,
  );
  for (const step of [1, 2, 3, 4, 5, 6]) writeFileSync(fileOf(step), "");
  expect(await told()).toHaveLength(5);
  expect((await buildRunReport(directory)).warnings.at(-1)).toBe("2 other gaps, up to step 7");
});

describe("readings of prompts", () => {
  const about = {
    formatVersion: 1,
    steps: [0],
    layers: [1],
    questions: [{ id: "q", breadth: "broad" }],
    directions: [
      {
        ...{ name: "personas", step: 0, kind: "personas", layer: 1 },
        layers: [{ layer: 1, length: 2, sha256: "", origin: null }],
      },
    ],
    draws: 2,
    seed: 0,
    madeFrom: "",
  };
  const written = (value: number, of: object = about) =>
    runWith(dispositionFile, (path) => {
      const tensors = new Map([
        ["0/direction/0", { shape: [2, 1, 1], data: Float32Array.of(1, value) }],
        ["0/chance", { shape: [2, 1, 3], data: new Float32Array(6) }],
      ]);
      writeFileSync(path, encodeSafetensors(tensors, { about: JSON.stringify(of) }));
    });
  const toldOf = async (directory: string): Promise<string[]> => {
    const { warnings } = await buildRunReport(directory);
    return warnings.filter((warning) => warning.includes(dispositionFile));
  };

  test("are refused where a number is NaN, naming step, tensor and place", async () => {
    expect(await toldOf(written(1))).toEqual([]);
    const told = await toldOf(written(NaN));
    expect(told).toHaveLength(1);
    expect(told[0]).toContain("tensor 0/direction/0: expected finite numbers, found NaN at 1; left out");
  });

  test("are refused where they are along no direction, or not after the direction's own layer", async () => {
    const nothing = await toldOf(written(1, { ...about, directions: [] }));
    expect(nothing[0]).toContain("field directions");
    const [direction] = about.directions;
    const elsewhere = await toldOf(written(1, { ...about, directions: [{ ...direction, layer: 4 }] }));
    expect(elsewhere[0]).toContain("field directions[0].layer");
  });
});
