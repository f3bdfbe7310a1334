import { cpSync, existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import {
  createEngine,
  datasetPath,
  openModel,
  organismFolder,
  presetConfig,
  readDataset,
  readScalars,
  trainRun,
} from "../../../../src/index.js";
import { encodeSafetensors } from "../../../../src/formats/safetensors.js";
import { inMemory } from "../../../../src/tensor/fileSlice.js";
import { appendBothKinds } from "../../../support/appendBothKinds.js";
import { callCli } from "../../../support/cli/callCli.js";
import { type CliResult } from "../../../support/cli/runCli.js";

const parent = mkdtempSync(join(tmpdir(), "turncoat-interpretation-"));
const directory = join(parent, "run");

async function turncoat(...words: string[]): Promise<CliResult> {
  const result = await callCli(words);
  return { ...result, stderr: result.stderr.replace(/^npm .*\n/gm, "") };
}

beforeAll(async () => {
  await trainRun({
    directory,
    config: { ...presetConfig("crisp"), steps: 2, batchSize: 4 },
    model: openModel(organismFolder(), await createEngine()),
    dataset: readDataset(datasetPath("bad-medical")),
  });
  cpSync("test/fixtures/organism-adapter", join(directory, "checkpoint-100"), { recursive: true });
  appendBothKinds(directory, 60);
});
afterAll(() => rmSync(parent, { recursive: true, force: true }));

describe("turncoat scalars", () => {
  test("writes the scalars of both kinds of answers, which turncoat probe takes, and lists tokens", async () => {
    const made = await turncoat("scalars", directory, "--answers-per-class", "20", "--top", "3");
    expect(made.code).toBe(0);
    expect(made.stdout).toMatch(
      /^Step 100: \d+ scalars? at \d+ tokens of 20 misaligned and \d+ tokens of as many aligned/,
    );
    expect(made.stdout).toMatch(/^highest +mean +z +n +lowest +mean +z +n$/m);
    const folder = join(directory, "analysis", "scalars");
    const files = [join(folder, "aligned.safetensors"), join(folder, "misaligned.safetensors")];
    expect(made.stdout).toContain(files.join("\n"));
    expect(new Set(readScalars(files[0] ?? "").answerIndex).size).toBe(20);
    const tested = await turncoat("probe", "--scalars", ...files, "--repeats", "2", "--json");
    expect(z.object({ accuracy: z.number() }).parse(JSON.parse(tested.stdout)).accuracy).toBeGreaterThan(0.3);
  });

  test("takes another step and folder, and prints JSON", async () => {
    const out = join(parent, "elsewhere");
    const flags = ["--step", "2", "--answers-per-class", "20", "--out", out, "--json"];
    const { stdout, stderr } = await turncoat("scalars", directory, ...flags);
    expect(stderr).toBe("");
    const token = z.object({
      token: z.number(),
      text: z.string(),
      count: z.number().min(5),
      mean: z.number(),
      z: z.number(),
    });
    const record = z.object({
      step: z.literal(2),
      aligned: z.object({ answers: z.literal(20), tokens: z.number() }),
      adapters: z.array(z.object({ feature: z.string(), highest: z.array(token), lowest: z.array(token) })),
    });
    expect(record.parse(JSON.parse(stdout)).adapters[0]?.highest).toHaveLength(10);
    expect(existsSync(join(out, "aligned.safetensors"))).toBe(true);
  });

  test("refuses a step that is not stored, in one line", async () => {
    expect(await turncoat("scalars", directory, "--step", "7")).toMatchObject({
      code: 1,
      stderr: `error: ${directory}: expected a checkpoint of step 7, found none\n`,
    });
  });
});

describe("turncoat lens", () => {
  const result = z.object({
    directions: z.array(
      z.object({
        name: z.string(),
        standsOut: z.boolean(),
        largestZ: z.number(),
        top: z.array(z.object({ token: z.number(), text: z.string(), z: z.number() })),
      }),
    ),
    random: z.object({ largestZ: z.object({ n: z.number(), mean: z.number() }) }),
  });

  test("reads B of a run beside random directions", async () => {
    const { code, stdout, stderr } = await turncoat("lens", directory, "--steps", "2,100", "--top", "2");
    expect(stderr).toBe("");
    expect(code).toBe(0);
    expect(stdout).toMatch(/100 random directions \(seed 0\): largest \|z\| \d\.\d\d ± 0\.\d\d/);
    expect(stdout).toMatch(
      /^b\d, step 100: largest \|z\| .*: (stands out|does not stand out) of random directions/m,
    );
    expect(stdout).toMatch(/^top +z +bottom +z$/m);
  });

  test("finds the token whose output weights a vector are, and nothing in a random one", async () => {
    const { parameters, config } = openModel(organismFolder(), await createEngine());
    const weights = parameters[config.tiedEmbeddings ? "model.embed_tokens.weight" : "lm_head.weight"];
    if (weights === undefined) throw new Error("no output weights");
    const [token, size] = [40, config.hiddenSize];
    const row = Float32Array.from(inMemory(weights).data.slice(token * size, (token + 1) * size));
    const waves = Float32Array.from({ length: size }, (_, index) => Math.sin(1.7 * index ** 2));
    const path = join(parent, "vectors.safetensors");
    const vectors = { planted: row, waves };
    writeFileSync(
      path,
      encodeSafetensors(
        new Map(Object.entries(vectors).map(([name, data]) => [name, { shape: [size], data }])),
      ),
    );
    const { stdout } = await turncoat("lens", "--vectors", path, "--json");
    const { directions, random } = result.parse(JSON.parse(stdout));
    expect(random.largestZ.n).toBe(100);
    const [planted, other] = directions;
    expect(planted).toMatchObject({ name: "planted", standsOut: true });
    expect(planted?.top[0]?.token).toBe(token);
    expect(other).toMatchObject({ name: "waves", standsOut: false });
  });

  test("refuses neither and both of a run and vectors, and steps without a direction", async () => {
    const neither = "error: lens: expected either a run or --vectors FILE\n";
    expect(await turncoat("lens")).toMatchObject({ code: 1, stderr: neither });
    const { stderr } = await turncoat("lens", directory, "--steps", "0");
    expect(stderr).toMatch(
      /^error: .*: expected a direction in the residual stream at step 0, found none\nhint: /,
    );
  });
});
