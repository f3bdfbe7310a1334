import { cpSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { readAdapter } from "../../../src/formats/peft.js";
import { encodeSafetensors } from "../../../src/formats/safetensors.js";
import { temporaryFolder } from "../../support/temporaryFolder.js";
import { callCli } from "../../support/cli/callCli.js";

const rank1 = "test/fixtures/peft-run-rank1-f32";
const rank4 = "test/fixtures/peft-run-rslora-bf16";

const series = z.object({ steps: z.array(z.number()), values: z.array(z.number().nullable()) });
const peak = z.object({ step: z.number(), value: z.number() }).nullable();
const localCosine = z.record(z.string(), series.extend({ peak, ungatedPeak: peak }));
const components = z.object({
  steps: z.array(z.number()),
  scores: z.array(z.array(z.number())),
  explainedVarianceRatio: z.array(z.number().nullable()),
});
const path = z.object({
  norm: series,
  localCosine,
  pca: components,
  cosineToFinal: series,
  cosineToReference: series.extend({ referenceStep: z.number() }).nullable(),
});
const direction = path.extend({
  angles: z.array(series.extend({ direction: z.string(), randomCosine: z.number() })),
});
/** What scripts in other languages read. */
const analysisSchema = z.object({
  run: z.string(),
  adapters: z.array(
    z.object({
      name: z.string(),
      rank: z.number(),
      scaling: z.number(),
      A: direction,
      B: direction,
      deltaW: path,
    }),
  ),
  gradNorm: series.nullable(),
  comp: z
    .object({
      modules: z.array(z.string()),
      B: z.record(z.string(), series.extend({ selfComparison: z.number() })).nullable(),
    })
    .nullable(),
  transitions: z.array(
    z.object({
      indicator: z.string(),
      step: z.number(),
      interval: z.tuple([z.number(), z.number()]),
      method: z.string(),
      prominence: z.number().nullable(),
    }),
  ),
  gaps: z.array(z.object({ step: z.number(), reason: z.string() })),
  parameters: z.record(z.string(), z.unknown()),
  provenance: z.object({
    turncoat: z.string(),
    baseModel: z.string().nullable(),
    adapterConfig: z.object({ rank: z.number(), alpha: z.number(), useRslora: z.boolean() }),
    checkpoints: z.object({ count: z.number(), last: z.number(), lastSha256: z.string().length(64) }),
  }),
  warnings: z.array(z.string()),
});

/** A copy with a damaged checkpoint, one without weights, and a top-level adapter that is an earlier step's. */
function damagedCopy(): string {
  const run = join(temporaryFolder(), "damaged");
  cpSync(rank1, run, { recursive: true });
  truncateSync(join(run, "checkpoint-20", "adapter_model.safetensors"), 100);
  rmSync(join(run, "checkpoint-3", "adapter_model.safetensors"));
  for (const name of ["adapter_model.safetensors", "adapter_config.json"])
    cpSync(join(run, "checkpoint-10", name), join(run, name));
  return run;
}

describe("turncoat analyze", () => {
  test("--json is one object with every quantity, its gaps, parameters and provenance", async () => {
    const run = damagedCopy();
    const [module] = readAdapter(join(rank1, "checkpoint-33")).modules;
    const target = join(temporaryFolder(), "directions.safetensors");
    const loraB = module?.loraB ?? new Float32Array(0);
    writeFileSync(
      target,
      encodeSafetensors(new Map([["last B", { shape: [loraB.length, 1], data: loraB }]])),
    );
    const words = ["analyze", run, "--json", "--reference-step", "10", "--components", "3"];
    const { code, stdout, stderr } = await callCli([...words, "--direction", target]);
    expect(code).toBe(0);
    const analysis = analysisSchema.parse(JSON.parse(stdout));
    const [adapter] = analysis.adapters;
    expect(analysis.run).toBe("damaged");
    expect(analysis.gaps.map(({ step }) => step)).toEqual([3, 20]);
    expect(analysis.gaps[0]?.reason).toContain("checkpoint-3: no adapter_model.safetensors in it");
    expect(analysis.gaps[1]?.reason).toContain("adapter_model.safetensors");
    expect(analysis.warnings.join()).toContain("the top-level adapter is not checkpoint-33");
    expect(stderr).toContain("the top-level adapter is not checkpoint-33");
    expect(adapter?.B.norm.steps).toEqual([1, 2, 4, 5, 8, 10, 15, 25, 30, 33]);
    expect(Object.keys(adapter?.B.localCosine ?? {})).toEqual(["5", "10", "15"]);
    expect(adapter?.B.pca.explainedVarianceRatio).toHaveLength(3);
    expect(adapter?.B.cosineToFinal.values.at(-1)).toBeCloseTo(1, 6);
    expect(adapter?.B.cosineToReference?.values[5]).toBeCloseTo(1, 6);
    expect(adapter?.B.angles[0]?.direction).toBe("last B");
    expect(adapter?.B.angles[0]?.values.at(-1)).toBeLessThan(0.1);
    expect(analysis.comp?.modules).toHaveLength(analysis.adapters.length);
    expect(Object.keys(analysis.comp?.B ?? {})).toEqual(["perStep", "perModule", "none"]);
    expect(analysis.parameters).toMatchObject({
      localCosineConvention: "paper: straight = −1",
      referenceStep: 10,
      pcaComponents: 3,
    });
    expect(analysis.provenance.checkpoints).toMatchObject({ count: 11, last: 33 });
    expect(stdout).not.toContain("NaN");
  });

  test("a rank above 1 has measures of ΔW that do not depend on the factors' basis, and a table", async () => {
    const { code, stdout } = await callCli(["analyze", rank4]);
    expect(code).toBe(0);
    expect(stdout).toContain("not safe under rotation");
    expect(stdout).toMatch(/ΔW +[\d.e−]+ +[\d.]+/);
    expect(stdout).toContain("straight = −1");
  });

  test("several runs are put together: their spread, and where they turn", async () => {
    const copy = join(temporaryFolder(), "seed-2");
    cpSync(rank1, copy, { recursive: true });
    const { code, stdout } = await callCli(["analyze", rank1, copy, "--json", "--align-by", "relative-step"]);
    expect(code).toBe(0);
    const aggregate = z
      .object({
        runs: z.array(z.string()),
        alignment: z.literal("relativeStep"),
        adapters: z.array(
          z.object({
            runs: z.number(),
            B: z.object({ norm: z.object({ n: z.array(z.number()), mean: z.array(z.number().nullable()) }) }),
          }),
        ),
        transitions: z.array(z.object({ indicator: z.string(), runs: z.number() })),
      })
      .parse(JSON.parse(stdout));
    expect(aggregate.runs).toEqual(["peft-run-rank1-f32", "seed-2"]);
    expect(aggregate.adapters[0]?.runs).toBe(2);
    expect(aggregate.adapters[0]?.B.norm.n.at(-1)).toBe(2);
    expect(aggregate.transitions.every(({ runs }) => runs === 2)).toBe(true);
  });

  test("the sign, the half-windows and the gate of local cosines are the user's", async () => {
    const read = async (...words: string[]): Promise<z.infer<typeof analysisSchema>> =>
      analysisSchema.parse(JSON.parse((await callCli(["analyze", rank1, "--json", ...words])).stdout));
    const paper = await read("--k", "10,5");
    const cosine = await read("--k", "10,5", "--sign", "cosine");
    const [own, other] = [paper, cosine].map(({ adapters }) => adapters[0]?.B.localCosine ?? {});
    expect(Object.keys(own ?? {})).toEqual(["5", "10"]);
    expect(other?.["5"]?.values).toEqual(
      own?.["5"]?.values.map((value) => (value === null ? null : 0 - value)),
    );
    expect(other?.["5"]?.peak).toEqual({
      step: own?.["5"]?.peak?.step,
      value: 0 - (own?.["5"]?.peak?.value ?? NaN),
    });
    expect(paper.parameters.localCosineConvention).toBe("paper: straight = −1");
    expect(cosine.parameters.localCosineConvention).toContain("straight = +1");
    const shut = await read("--gate", "1000");
    expect(shut.adapters[0]?.B.localCosine["5"]?.peak).toBeNull();
    expect(shut.adapters[0]?.B.localCosine["5"]?.ungatedPeak).not.toBeNull();
    expect(shut.parameters.movementGate).toBe(1000);
  });

  test("the table gives the angle to a direction beside a random one's, and says what fits nothing", async () => {
    const [module] = readAdapter(join(rank1, "checkpoint-33")).modules;
    const target = join(temporaryFolder(), "directions.safetensors");
    const loraB = module?.loraB ?? new Float32Array(0);
    const vectors = { "last B": loraB, short: Float32Array.of(1, 2, 3) };
    writeFileSync(
      target,
      encodeSafetensors(
        new Map(Object.entries(vectors).map(([name, data]) => [name, { shape: [data.length], data }])),
      ),
    );
    const { stdout, stderr } = await callCli(["analyze", rank1, "--direction", target, "--normalized"]);
    const floor = (1 / Math.sqrt(loraB.length)).toPrecision(3).replace(/0+$/, "");
    expect(stdout).toMatch(/B of \S+ +last B +\S+° \(1\)/);
    expect(stdout).toContain(`±${floor}`);
    expect(stdout).toContain("local cosine of unit vectors");
    expect(stderr).toContain("direction short has 3 entries");
  });

  test("a step, a direction or a transition that is not there is named in one line", async () => {
    const noStep = await callCli(["analyze", rank1, "--reference-step", "7"]);
    expect(noStep.code).toBe(1);
    expect(noStep.stderr).toContain("step 7 is in no adapter's trajectory");
    const noTransition = await callCli([
      "analyze",
      rank1,
      rank1,
      "--align-by",
      "transition",
      "--transition",
      "mood",
    ]);
    expect(noTransition.code).toBe(1);
    expect(noTransition.stderr).toContain('none of the runs was judged by "mood"');
    const matrix = join(temporaryFolder(), "matrix.safetensors");
    writeFileSync(matrix, encodeSafetensors(new Map([["W", { shape: [2, 2], data: new Float32Array(4) }]])));
    const noVector = await callCli(["analyze", rank1, "--direction", matrix]);
    expect(noVector.code).toBe(1);
    expect(noVector.stderr).toContain("tensor W: expected one vector");
  });
});
