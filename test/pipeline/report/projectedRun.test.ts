import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import type { Analysis } from "../../../src/analysis/analysisRecord.js";
import { localCosineFigure } from "../../../src/figures/run/localCosineFigure.js";
import { AdapterProjector } from "../../../src/formats/directions/adapterProjector.js";
import { encodeDirections, readDirections } from "../../../src/formats/directions/directionsFile.js";
import { analyzeRun } from "../../../src/pipeline/report/analyzeRun.js";
import { readGeometry } from "../../../src/pipeline/report/runGeometry.js";
import { summary } from "../../../src/pipeline/report/summary.js";
import { stepDirectionsFile } from "../../../src/runs/layout.js";
import { openRun } from "../../../src/runs/openRun.js";
import { callCli } from "../../support/cli/callCli.js";
import { temporaryFolder } from "../../support/temporaryFolder.js";
import { writeManyAdaptersRun, type ManyAdaptersOptions } from "../../support/training/manyAdaptersRun.js";

const shape = { layers: 5, hidden: 24, keyValue: 8, mlp: 40, rank: 2 };
const few = { ...shape, layers: 1 };
const planted: ManyAdaptersOptions = { steps: 60, seed: 4, bend: { step: 30, layers: [0, 4] } };
let directory: string;
let exact: Analysis;
let projected: Analysis;

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), "turncoat-test-"));
  writeManyAdaptersRun(join(directory, "exact"), shape, planted);
  writeManyAdaptersRun(join(directory, "projected"), shape, { ...planted, keep: "directions" });
  exact = (await analyzeRun(join(directory, "exact"))).analysis;
  projected = (await analyzeRun(join(directory, "projected"))).analysis;
});

afterAll(() => rmSync(directory, { recursive: true, force: true }));

/** Share of finite values of a curve that are within an error of those of another. */
function within(
  found: readonly number[] = [],
  expected: readonly number[] = [],
  errorAt: (index: number) => number = () => NaN,
): number {
  const there = [...expected.keys()].filter((index) => Number.isFinite(expected[index]));
  expect(there.length).toBeGreaterThan(20);
  const close = there.filter(
    (index) => Math.abs((found[index] ?? NaN) - (expected[index] ?? NaN)) <= errorAt(index),
  );
  return close.length / there.length;
}

describe("a run of which two adapters and projections of every step were kept", () => {
  test("says so, with the error of its cosines", () => {
    expect(exact.projection).toBeNull();
    expect(projected.projection).toMatchObject({
      method: "count sketch",
      numbers: 256,
      wholeSteps: [0, 60],
    });
    expect(projected.gaps).toEqual([]);
    expect(projected.whole?.steps).toEqual(exact.whole?.steps);
    const { whole, update } = projected.projection ?? {};
    expect(whole?.cosine).toBeLessThan((update?.cosine ?? NaN) / 3);
    expect(summary(projected).join(" ")).toContain("random projections of 256 numbers a matrix");
    expect(summary(exact).join(" ")).not.toContain("random projections");
  });

  test("has the norms, cosines and bend of the whole update within the errors stated", () => {
    const error = projected.projection?.whole?.norm ?? NaN;
    const [found, expected] = [projected.whole, exact.whole];
    const norms = expected?.path.norm.values ?? [];
    expect(within(found?.path.norm.values, norms, (index) => error * (norms[index] ?? NaN))).toBe(1);
    for (const k of exact.parameters.localCosineWindows) {
      const stated = found?.localCosineError?.[k] ?? [];
      const curves = [found, expected].map((whole) => whole?.path.localCosine[String(k)]?.values);
      expect(within(curves[0], curves[1], (index) => stated[index] ?? NaN)).toBeGreaterThan(0.95);
    }
    const rotation = ({ transitions }: Analysis) =>
      transitions.find(({ indicator }) => indicator === "rotation")?.step;
    expect(Math.abs((rotation(projected) ?? NaN) - (rotation(exact) ?? NaN))).toBeLessThan(3);
    expect(Math.abs((rotation(projected) ?? NaN) - 30)).toBeLessThan(4);
  });

  test("measures A, B and ΔW of adapters from projections, and leaves out what needs the adapters", () => {
    const adapter = projected.adapters[0];
    expect(adapter?.deltaW).toMatchObject({
      compToFinal: null,
      effectiveRank: null,
      participationRatio: null,
    });
    expect(adapter?.B.norm.values).toHaveLength(61);
    expect(projected.comp).toBeNull();
  });

  test("draws the error as a band about the local cosine", () => {
    const figure = localCosineFigure(projected, { factor: "ΔW" });
    const names = figure?.data.map(({ name }) => String(name)) ?? [];
    expect(names.filter((name) => name.endsWith("upper bound")).length).toBeGreaterThan(0);
    expect(figure?.meta.caption).toContain("From random projections of 256 numbers a matrix; shaded");
    const plain = localCosineFigure(exact, { factor: "ΔW" });
    expect(plain?.data.some(({ name }) => String(name).includes("bound"))).toBe(false);
  });

  test("is not read again where its geometry was kept, until a file of it changes", async () => {
    const folder = join(temporaryFolder(), "kept");
    writeManyAdaptersRun(folder, shape, { ...planted, steps: 20, keep: "directions" });
    const first = (await analyzeRun(folder)).analysis;
    const again = await readGeometry(openRun(folder));
    expect(again.adapters).toEqual([]);
    expect(again.kept?.known?.adapters).toEqual(first.adapters);
    expect((await analyzeRun(folder)).analysis).toEqual(first);
    rmSync(join(folder, stepDirectionsFile(20)));
    expect((await readGeometry(openRun(folder))).kept?.known).toBeNull();
    expect((await analyzeRun(folder)).analysis.whole?.steps).toHaveLength(20);
  });

  test("is analysed from its adapters where all of them are there too", async () => {
    const folder = join(temporaryFolder(), "both");
    writeManyAdaptersRun(folder, few, { ...planted, keep: "both" });
    expect((await readGeometry(openRun(folder), undefined)).projection).toBeNull();
  });

  test("tells whoever needs an adapter where there is one", async () => {
    const run = join(directory, "projected");
    const { code, stdout, stderr } = await callCli(["analyze", run]);
    expect(code).toBe(0);
    expect(stdout).toContain("random projections of 256 numbers");
    expect(`${stdout}${stderr}`).toContain("the adapter of 2 steps is there, 0, 60");
    const json = await callCli(["analyze", run, "--json"]);
    const record = z
      .looseObject({
        projection: z.looseObject({ numbers: z.number(), whole: z.looseObject({ cosine: z.number() }) }),
      })
      .parse(JSON.parse(json.stdout));
    expect(record.projection.numbers).toBe(256);
  }, 60_000);
});

describe("a run with few adapters", () => {
  const written = (): string => {
    const folder = join(temporaryFolder(), "run");
    writeManyAdaptersRun(folder, few, { ...planted, bend: { step: 30, layers: [0, 0] }, keep: "directions" });
    return folder;
  };

  test("is judged adapter by adapter, with cosines of B and ΔW within the errors stated", async () => {
    const folder = join(temporaryFolder(), "exact");
    writeManyAdaptersRun(folder, few, { ...planted, bend: { step: 30, layers: [0, 0] } });
    const adapters = ["model.layers.0.self_attn.k_proj", "model.layers.0.mlp.down_proj"];
    const { analysis: one } = await analyzeRun(written(), { adapters });
    const { analysis: other } = await analyzeRun(folder, { adapters });
    expect(one.whole).toBeNull();
    expect(one.adapters.map(({ name }) => name)).toEqual(other.adapters.map(({ name }) => name));
    const { factor, update } = one.projection ?? {};
    const shares = one.adapters.flatMap((adapter, index) =>
      one.parameters.localCosineWindows.flatMap((k) =>
        (["B", "deltaW"] as const).map((path) => {
          const error = (path === "B" ? factor : update)?.cosine ?? NaN;
          const found = adapter[path].localCosine[String(k)]?.values ?? [];
          const expected = other.adapters[index]?.[path].localCosine[String(k)]?.values;
          return within(found, expected, (at) => (1 - (found[at] ?? NaN) ** 2) * error);
        }),
      ),
    );
    expect(shares.reduce((sum, share) => sum + share, 0) / shares.length).toBeGreaterThan(0.95);
  });

  test("has gaps with their reasons where files are damaged, lost or of another projection", async () => {
    const run = written();
    const file = (step: number): string => join(run, stepDirectionsFile(step));
    writeFileSync(file(11), "broken");
    rmSync(file(20));
    const projector = new AdapterProjector({ seed: 1, numbers: 128 });
    const module = { modulePath: "m", rank: 1, scaling: 1, inFeatures: 2, outFeatures: 2 };
    const other = projector.project({ ...module, loraA: new Float32Array(2), loraB: new Float32Array(2) });
    const encode = (step: number) =>
      encodeDirections({ step, projection: { seed: 1, numbers: 128 }, adapters: [other] });
    writeFileSync(file(33), encode(33));
    writeFileSync(file(40), encodeDirections({ ...readDirections(file(39)) }));
    const { gaps, adapters } = await readGeometry(openRun(run), undefined);
    expect(gaps.map(({ step, reason }) => [step, reason.replace(run, "RUN")])).toEqual([
      [11, expect.stringContaining("RUN/directions/step-11.safetensors: ")],
      [20, "RUN/directions/step-20.safetensors: no such file, though steps around it are 1 apart"],
      [
        33,
        "RUN/directions/step-33.safetensors: expected 256 numbers and seed 0 as at step 0, found 128 and 1",
      ],
      [40, "RUN/directions/step-40.safetensors: expected step 40, as its name says, found 39"],
    ]);
    expect(adapters[0]?.steps).toHaveLength(57);
    await expect(analyzeRun(run, { adapters: ["model.layers.9.x"] })).rejects.toThrow(
      "no module model.layers.9.x",
    );
  });
});
