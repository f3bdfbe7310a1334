import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { writeManyAdaptersRun } from "../../support/training/manyAdaptersRun.js";
import { updateGram } from "../../../src/analysis/geometry/update/updateGram.js";
import { drawFigures, runFigures } from "../../../src/figures/run/runFigures.js";
import { analyzeRun, type AnalyzedRun } from "../../../src/pipeline/report/analyzeRun.js";
import { partOfRun } from "../../../src/pipeline/report/partOfRun.js";
import { storedGrams } from "../../../src/pipeline/report/keptGrams.js";
import { summary } from "../../../src/pipeline/report/summary.js";
import { adapterSizes, readGrams } from "../../../src/pipeline/report/wholeUpdateOf.js";
import { geometryFile, productsFile } from "../../../src/runs/layout.js";
import { openRun } from "../../../src/runs/openRun.js";
import { readTrajectories } from "../../../src/runs/trajectories.js";
import { callCli } from "../../support/cli/callCli.js";
import { temporaryFolder } from "../../support/temporaryFolder.js";

const shape = { layers: 5, hidden: 24, keyValue: 8, mlp: 40, rank: 2 };
const bent = ["model.layers.2.mlp.down_proj", "model.layers.2.self_attn.q_proj"];
let directory: string;
let analyzed: AnalyzedRun;

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), "turncoat-test-"));
  writeManyAdaptersRun(directory, shape, { steps: 60, seed: 4, bend: { step: 30, layers: [2, 2] } });
  analyzed = await analyzeRun(directory);
});

afterAll(() => rmSync(directory, { recursive: true, force: true }));

describe("a run with many adapters", () => {
  test("is judged as one: every detector of a path looks at ΔW of all, and at nothing else", () => {
    const { analysis } = analyzed;
    const judged = [...analysis.transitions, ...analysis.absent].flatMap(({ adapter }) => adapter ?? []);
    expect(new Set(judged)).toEqual(new Set(["ΔW of all 35 adapters"]));
    expect(analysis.comp).toBeNull();
    expect(analysis.whole?.adapters).toHaveLength(35);
    expect(analysis.whole?.steps).toHaveLength(61);
    expect(summary(analysis).join(" ")).not.toMatch(/‖B‖|path of B|direction of B|rank 2/);
  });

  test("says first what turns, when and where, and after it what is judged", () => {
    const [first = "", ...others] = summary(analyzed.analysis);
    expect(first).toMatch(
      /^The update of the whole model turns by \d+° at step \d+ \[\d+, \d+\]\. Without a control run [^.]+\. It bends most in its middle layers, 2–3 \(\d+° at step \d+\)/,
    );
    expect(others).toContainEqual(expect.stringContaining("judged is ΔW of all 35 adapters as one vector"));
  });

  test("measures the adapters that carry most, and where each bends", () => {
    const { whole, adapters } = analyzed.analysis;
    const shares = whole?.adapters.toSorted((one, other) => other.share - one.share).slice(0, 1) ?? [];
    expect(new Set(adapters.map(({ name }) => name))).toEqual(new Set(shares.map(({ name }) => name)));
    expect(whole?.adapters.reduce((sum, { share }) => sum + share, 0)).toBeCloseTo(1, 9);
    const [first, middle, last] = whole?.blocks.slice(2).map(({ bend }) => bend) ?? [];
    expect(Math.abs((middle?.step ?? NaN) - 30)).toBeLessThan(3);
    for (const other of [first, last]) expect(other?.value).toBeLessThan(middle?.value ?? NaN);
    for (const { layer, bend } of whole?.adapters ?? [])
      if (layer === 2) expect(Math.abs((bend?.step ?? NaN) - 30)).toBeLessThan(5);
  });

  test("names the adapters that turn, and no other", () => {
    const { whole } = analyzed.analysis;
    const layerOf = new Map(whole?.adapters.map(({ name, layer }) => [name, layer]));
    const turning = whole?.turning.parts.filter(({ turns }) => turns) ?? [];
    expect(turning.map(({ name }) => layerOf.get(name))).toEqual(Array<number>(7).fill(2));
    for (const { step } of turning) expect(Math.abs((step ?? NaN) - 30)).toBeLessThan(4);
    const words = "7 of 35 adapters turn, in layer 2 ";
    expect(summary(analyzed.analysis).join(" ")).toContain(words);
    expect(summary(analyzed.analysis)[0]).not.toContain(words);
    const untold = analyzed.analysis.transitions.filter(({ indicator }) => indicator !== "rotation");
    expect(summary({ ...analyzed.analysis, transitions: untold })[0]).toContain(words);
  });

  test("has the same inner products read some adapters at a time as all at once, and the same gaps", async () => {
    const folder = join(temporaryFolder(), "gap");
    writeManyAdaptersRun(folder, shape, { steps: 8, seed: 1, bend: null });
    rmSync(join(folder, "checkpoint-5"), { recursive: true });
    writeFileSync(join(folder, "checkpoint-6", "adapter_model.safetensors"), "broken");
    const run = openRun(folder);
    const read = readTrajectories(run);
    const grams = await readGrams(run, adapterSizes(run));
    expect(grams.gaps).toEqual(read.gaps);
    expect(grams.gaps.map(({ step }) => step)).toEqual([5, 6]);
    expect(grams.adapters.map(({ modulePath }) => modulePath)).toEqual(
      read.adapters.map(({ modulePath }) => modulePath),
    );
    for (const [index, adapter] of read.adapters.entries())
      expect(grams.adapters[index]?.gram).toEqual(updateGram(adapter));
  });

  test("is read from the products that were kept, until a checkpoint changes or they are damaged", async () => {
    const folder = join(temporaryFolder(), "kept");
    writeManyAdaptersRun(folder, shape, { steps: 8, seed: 1, bend: null });
    const first = await analyzeRun(folder);
    const file = join(folder, productsFile);
    const kept = storedGrams(openRun(folder));
    expect(kept?.adapters).toHaveLength(35);
    expect((await analyzeRun(folder)).analysis).toEqual(first.analysis);
    const whole = readFileSync(file);
    writeFileSync(file, whole.subarray(0, whole.length - 8));
    expect(storedGrams(openRun(folder))).toBeNull();
    expect((await analyzeRun(folder)).analysis).toEqual(first.analysis);
    rmSync(join(folder, "checkpoint-8"), { recursive: true });
    expect(storedGrams(openRun(folder))).toBeNull();
    expect((await analyzeRun(folder)).analysis.whole?.steps).toHaveLength(8);
  });

  test("does not find again what was kept of the same files and options, which nothing else is taken for", async () => {
    const folder = join(temporaryFolder(), "geometry");
    writeManyAdaptersRun(folder, shape, { steps: 30, seed: 2, bend: null });
    const first = (await analyzeRun(folder)).analysis;
    expect(first.adapters.map(({ rank }) => rank)).toEqual([2]);
    expect((await analyzeRun(folder)).analysis).toEqual(first);

    const file = join(folder, geometryFile);
    const kept = readFileSync(file, "utf8");
    const { method = "" } = first.whole?.turning ?? {};
    const marked = kept.replace(method, "as it was kept");
    const methodNow = async (options = {}): Promise<string | undefined> =>
      (await analyzeRun(folder, options)).analysis.whole?.turning.method;
    writeFileSync(file, marked);
    expect(await methodNow()).toBe("as it was kept");
    expect(await methodNow({ adapters: [bent[0]] })).toBe(method);
    expect(await methodNow({ directions: [{ name: "d", vector: new Float32Array(24) }] })).toBe(method);
    expect(await methodNow({ products: "projected" })).toBe(method);
    expect(await methodNow({ products: "exact" })).toBe(method);

    for (const broken of [
      marked.slice(0, -40),
      marked.replace('"parts":[{', '"parts":[7,{'),
      marked.replace('"norm"', '"room"'),
    ]) {
      writeFileSync(file, broken);
      expect((await analyzeRun(folder)).analysis).toEqual(first);
      expect(readFileSync(file, "utf8")).toBe(kept);
    }
    writeFileSync(file, marked);
    expect(await methodNow({ pcaComponents: 3 })).toBe(method);
    writeFileSync(file, marked);
    const config = join(folder, "checkpoint-9", "adapter_config.json");
    writeFileSync(config, `${readFileSync(config, "utf8")}\n`);
    expect(await methodNow()).toBe(method);
  });

  test("measures those that are asked for, and names one that is not there", async () => {
    const { analysis } = await analyzeRun(directory, { adapters: bent });
    expect(analysis.adapters.map(({ name }) => name).sort()).toEqual(bent);
    expect(analysis.whole?.adapters).toHaveLength(35);
    await expect(analyzeRun(directory, { adapters: ["model.layers.9.x"] })).rejects.toThrow(
      "no module model.layers.9.x",
    );
  });

  test("has figures of the whole, which runs with few adapters have not", () => {
    const input = { analysis: analyzed.analysis, probes: null, answers: null, control: null };
    const drawn = (id: string) => runFigures.find((row) => row.id === id)?.draw(input) ?? null;
    expect(drawn("update-map")?.meta.table.rows).toHaveLength(35);
    expect(drawn("update-local-cosine")?.meta.caption).toContain("ΔW of all 35 adapters");
    expect(runFigures[0]?.id).toBe("update-local-cosine");
    const titles = drawFigures(runFigures, input).map(({ figure }) => figure.meta.title);
    expect(titles.filter((title) => /\bB\b/.test(title))).toEqual([]);
    expect(drawn("norms")?.meta.title).toBe("Norm of ΔW");
    const few = { ...input, analysis: { ...analyzed.analysis, whole: null } };
    expect(runFigures.find(({ id }) => id === "update-map")?.draw(few)).toBeNull();
  });

  test("has curves of each adapter from the products that were kept, and without them, which the whole does not mark", () => {
    const { analysis } = analyzed;
    const [measured] = analysis.adapters;
    const name = measured?.name ?? "";
    const windows = Object.keys(analysis.whole?.path.localCosine ?? {}).map(Number);
    const options = { windows, frozenBelow: analysis.parameters.frozenBelow };
    const kept = partOfRun(directory, name, options);
    expect(kept.norm).toEqual(measured?.deltaW.norm);
    expect(kept.localCosine).toEqual(measured?.deltaW.localCosine);
    expect(kept.cosineToFinal).toEqual(measured?.deltaW.cosineToFinal);
    const folder = join(temporaryFolder(), "bare");
    cpSync(directory, folder, { recursive: true });
    rmSync(join(folder, productsFile));
    expect(partOfRun(folder, name, options)).toEqual(kept);
    const other = partOfRun(directory, "model.layers.0.mlp.up_proj", options);
    for (const { place, draw } of runFigures.filter((row) => row.place.isOfAdapter)) {
      const figure = draw({ analysis, probes: null, answers: null, control: null, part: other });
      expect(place.onStepAxis).toBe(true);
      expect(figure?.meta.title).toContain("ΔW of layers.0.mlp.up_proj");
      expect(figure?.meta.caption).not.toContain("direction of ΔW turns");
      expect(figure?.layout.shapes ?? []).toEqual([]);
    }
  });

  test("is told in few lines on the command line, and whole as JSON", async () => {
    const text = await callCli(["analyze", directory]);
    expect(text.code).toBe(0);
    expect(text.stdout.split("\n").length).toBeLessThan(60);
    expect(text.stdout).toMatch(/ΔW of all 35 adapters/);
    expect(text.stdout).toMatch(/middle layers, 2–3 +\d/);
    const json = await callCli(["analyze", directory, "--json", "--adapter", ...bent]);
    const record = z
      .looseObject({
        adapters: z.array(z.looseObject({ name: z.string() })),
        whole: z.looseObject({ adapters: z.array(z.looseObject({ share: z.number() })) }),
      })
      .parse(JSON.parse(json.stdout));
    expect(record.adapters).toHaveLength(2);
    expect(record.whole.adapters).toHaveLength(35);
  }, 60_000);
});
