import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import type { Command } from "commander";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { statusOf } from "../../analyses/runScript.js";
import * as phaseTransition from "../../analyses/01-phase-transition.js";
import * as normsScript from "../../analyses/02-norms-and-gradient-norm.js";
import * as localCosine from "../../analyses/03-local-cosine.js";
import * as pcaScript from "../../analyses/04-pca.js";
import * as compScore from "../../analyses/05-comp-score.js";
import * as behaviorScales from "../../analyses/06-behaviour-against-scale.js";
import * as eventAlignment from "../../analyses/07-event-alignment.js";
import * as controlScript from "../../analyses/08-control-test.js";
import * as directionsScript from "../../analyses/09-directions-and-disposition.js";
import * as steeringScript from "../../analyses/10-steering-and-ablation.js";
import * as scalarsScript from "../../analyses/11-lora-scalars.js";
import * as seedsScript from "../../analyses/12-seeds-and-learning-rates.js";
import * as landscapeScript from "../../analyses/13-efficiency-and-stability.js";
import * as verifyScript from "../../analyses/14-verify.js";
import * as noReturnScript from "../../analyses/15-point-of-no-return.js";
import * as attributionScript from "../../analyses/16-attribution.js";
import * as coefficientScript from "../../analyses/17-learning-coefficient.js";
import {
  createEngine,
  measureDisposition,
  openModel,
  organismFolder,
  promptQuestions,
  usualPersonasOf,
} from "../../src/index.js";
import { writeLearningCoefficient } from "../../src/pipeline/results/learningCoefficientResult.js";
import { readCsv } from "../../src/formats/csv/csv.js";
import { writeOrganismRun } from "../support/organismRun.js";
import { printedBy } from "../support/cli/printedBy.js";
import { writeSyntheticRun } from "../support/syntheticRun.js";
import { coefficientRecord, controlRecord } from "../support/trials/coefficientRecord.js";
import { temporaryFolder } from "../support/temporaryFolder.js";

const root = join(import.meta.dirname, "../..");
const tsx = join(dirname(createRequire(import.meta.url).resolve("tsx/package.json")), "dist/cli.mjs");

const scripts: readonly (readonly [name: string, command: Command])[] = [
  ["01-phase-transition", phaseTransition.command],
  ["02-norms-and-gradient-norm", normsScript.command],
  ["03-local-cosine", localCosine.command],
  ["04-pca", pcaScript.command],
  ["05-comp-score", compScore.command],
  ["06-behaviour-against-scale", behaviorScales.command],
  ["07-event-alignment", eventAlignment.command],
  ["08-control-test", controlScript.command],
  ["09-directions-and-disposition", directionsScript.command],
  ["10-steering-and-ablation", steeringScript.command],
  ["11-lora-scalars", scalarsScript.command],
  ["12-seeds-and-learning-rates", seedsScript.command],
  ["13-efficiency-and-stability", landscapeScript.command],
  ["14-verify", verifyScript.command],
  ["15-point-of-no-return", noReturnScript.command],
  ["16-attribution", attributionScript.command],
  ["17-learning-coefficient", coefficientScript.command],
];

interface Ended {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a script in this process, with what it prints. */
async function ran(command: Command, ...words: string[]): Promise<Ended> {
  const { result, stdout, stderr } = await printedBy(() => statusOf(command, words));
  return { status: result, stdout, stderr };
}

/** Runs a script as a user does, on the sources instead of the built package. */
function started(name: string, ...words: string[]): Ended {
  return spawnSync(process.execPath, [tsx, `analyses/${name}.ts`, ...words], { cwd: root, encoding: "utf8" });
}

function copyOf(fixture: string): string {
  const folder = join(temporaryFolder(), fixture);
  cpSync(join(root, "test/fixtures", fixture), folder, { recursive: true });
  return folder;
}

/** A run of the organism whose prompts were read. */
async function writeReadOrganism(run: string): Promise<void> {
  await writeOrganismRun(run);
  const model = openModel(organismFolder(), await createEngine());
  const directions = [await usualPersonasOf(run, model, true)];
  await measureDisposition({ run, model, directions, questions: promptQuestions(run, true, { limit: 8 }) });
}

/** Whether a page can be read with the network off. */
function expectOffline(html: string): void {
  expect(html).not.toMatch(/<(script|link|img|iframe|source)\b[^>]*\b(src|href)\s*=/i);
  expect(html.replaceAll(/<script[^>]*>[\s\S]*?<\/script>/g, "")).not.toMatch(/https?:|@import|url\(/);
}

test("all scripts are numbered, short, and on the public entry alone", () => {
  const files = readdirSync(join(root, "analyses")).filter((name) => /^\d/.test(name));
  expect(files).toEqual(scripts.map(([name]) => `${name}.ts`));
  for (const file of files) {
    const text = readFileSync(join(root, "analyses", file), "utf8");
    expect([file, text.split("\n").length <= 81]).toEqual([file, true]);
    const imported = [...text.matchAll(/from "([^"]+)"/g)].map(([, from]) => from ?? "");
    expect(imported.filter((from) => !/^(turncoat|commander|node:.*|\.\/\w+\.js)$/.test(from))).toEqual([]);
  }
});

/** Scripts that have nothing to say about a run. */
const silent: Readonly<Record<string, readonly string[]>> = {
  organism: ["05", "07", "08", "11", "12", "15", "16", "17"],
  peft: ["06", "07", "08", "09", "10", "11", "12", "13", "14", "15", "16", "17"],
  real: ["05", "10", "11", "12", "13", "14", "15", "16", "17"],
};

describe.each(["organism", "peft", "real"])("a run of %s", (kind) => {
  const shared = mkdtempSync(join(tmpdir(), "turncoat-scripts-"));
  const [peft, real] = [
    "test/fixtures/peft-run-rank1-f32",
    "data/studies/real/smollm2-135m-medical-rank1-seed0",
  ];
  const run = kind === "real" ? join(root, real) : join(shared, "run");
  beforeAll(async () => {
    if (kind === "peft") cpSync(join(root, peft), run, { recursive: true });
    if (kind === "organism") await writeReadOrganism(run);
  });
  afterAll(() => rmSync(shared, { recursive: true, force: true }));

  test.each(scripts)("%s", async (name, command) => {
    const out = join(temporaryFolder(), "pages", `${name}.html`);
    const own: Readonly<Record<string, readonly string[]>> = {
      "03": ["--k", "1"],
      "10": ["--along", "mean"],
      "13": ["--samples", "4", "--noise-seeds", "2"],
    };
    const words = kind === "organism" ? (own[name.slice(0, 2)] ?? []) : [];
    const { status, stdout, stderr } = await ran(command, run, "--out", out, ...words);
    if (silent[kind]?.some((number) => name.startsWith(number)) === true) {
      expect(
        stderr
          .split("\n")
          .filter((line) => !line.startsWith("warning: "))
          .join("\n"),
      ).toMatch(/^error: .+\nhint: .+\n$/);
      expect([status, stdout, existsSync(out)]).toEqual([1, "", false]);
      return;
    }
    expect(stderr.split("\n").filter((line) => line !== "" && !line.startsWith("warning: "))).toEqual([]);
    expect(status).toBe(0);
    expect(stdout).toMatch(/\S {2,}\S/);
    const pictures = readdirSync(dirname(out)).filter((file) => file.endsWith(".svg"));
    expect(stdout).toContain(`${pictures.length} ${pictures.length === 1 ? "figure" : "figures"}: ${out}`);
    expect(pictures.length).toBeGreaterThan(0);
    const csv = out.replace(".html", ".csv");
    expect(stdout).toContain(csv);
    const table = readCsv(csv);
    expect(table.columns.length).toBeGreaterThan(1);
    expect(stdout).toMatch(
      new RegExp(
        `^${table.columns.map((each) => each.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&")).join(" +")}$`,
        "m",
      ),
    );
    for (const picture of pictures) {
      const svg = readFileSync(join(dirname(out), picture), "utf8");
      expect(svg).toMatch(/^<svg [^>]*width="178mm"/);
      expect(svg).not.toMatch(/="[^"]*(NaN|undefined|Infinity)/);
    }
    expectOffline(readFileSync(out, "utf8"));
  });
});

test("the scalars are measured where that is asked for, and kept", async () => {
  const run = join(temporaryFolder(), "run");
  await writeOrganismRun(run);
  const words = ["--answers", "20", "--repeats", "5", "--out", join(temporaryFolder(), "a.html")];
  const measured = await ran(scalarsScript.command, run, "--measure", ...words);
  expect(measured).toMatchObject({ status: 0, stderr: "" });
  expect(measured.stdout).toMatch(/^one an answer +\d+ +\d+ +0\.\d{3} /m);
  expect((await ran(scalarsScript.command, run, ...words)).stdout).toBe(measured.stdout);
});

test("learning coefficients that run and control keep are tabled beside each other", async () => {
  const [run, control] = [coefficientRecord, controlRecord].map((record) => {
    const directory = join(temporaryFolder(), record === controlRecord ? "careful" : "harmful");
    writeSyntheticRun(directory, { steps: 12, turn: 6 });
    const steps = record.steps.map((step) => ({ ...step, adapter: "any" }));
    writeLearningCoefficient(directory, { ...record, steps, madeFrom: "any" });
    return directory;
  });
  const out = join(temporaryFolder(), "coefficients.html");
  const words = [run ?? "", "--control", control ?? "", "--out", out];
  const { status, stdout } = await ran(coefficientScript.command, ...words);
  expect(status).toBe(0);
  expect(stdout).toMatch(
    /^step +λ̂ +low +high +L\(w\*\) +λ̂ of careful +low of careful +high of careful +verdict$/m,
  );
  expect(stdout).toMatch(/^40 +2\.200 +1\.600 +2\.800 +1 +0\.150 .* +told$/m);
  expect(stdout).toMatch(/^80 .* +cannot be told: the two smallest steps disagree/m);
  expect(readdirSync(dirname(out)).filter((file) => /\.(svg|csv|html)$/.test(file))).toHaveLength(3);
  expectOffline(readFileSync(out, "utf8"));
});

test("the study of seeds and rates is tabled from kept numbers, which are kept again as they were", async () => {
  const folder = temporaryFolder();
  const [kept, again] = [join(root, "data/studies/findings.json"), join(folder, "again.json")];
  const document = join(folder, "findings.md");
  writeFileSync(document, "before\n<!-- study -->\n<!-- /study -->\nafter\n");
  const words = ["--from", kept, "--keep", again, "--into", document, "--out", join(folder, "f.html")];
  const { status, stdout, stderr } = await ran(
    seedsScript.command,
    join(root, "configs/findings.yaml"),
    ...words,
  );
  expect([status, stderr]).toEqual([0, ""]);
  expect(stdout).toMatch(/^behaviour turns at step +order +100 → 101 +\S+ \[/m);
  expect(stdout).toContain("4 figures: ");
  expect(readFileSync(again, "utf8")).toBe(readFileSync(kept, "utf8"));
  expect(readFileSync(document, "utf8")).toMatch(
    /^before\n<!-- study -->\n\n\*\*What turns\.[^]*<!-- \/study -->\nafter\n$/,
  );
});

test("a run is trained again to the bit, and a changed one is told from the step on where it differs", async () => {
  const run = join(temporaryFolder(), "run");
  await writeOrganismRun(run);
  const same = await ran(verifyScript.command, run);
  expect(same).toMatchObject({ status: 0, stderr: "" });
  expect(same.stdout).toMatch(/: the same to the bit up to step 3: 4 checkpoints/);
  cpSync(join(run, "checkpoint-3"), join(run, "checkpoint-2"), { recursive: true });
  const other = await ran(verifyScript.command, run, "--out", join(temporaryFolder(), "v.html"));
  expect(other.stdout).toContain("different from step 2 on");
  expect(other.stdout).toMatch(/^checkpoints +\d+ +1$/m);
});

test("a script says what turns and what does not, and draws the adapter and factor that are asked for", async () => {
  const run = copyOf("peft-run-rank1-f32");
  const { stdout } = await ran(phaseTransition.command, run);
  expect(stdout).toMatch(/^event +of +verdict +step +interval +found by, or why not$/m);
  expect(stdout).toMatch(
    /^broad behaviour turns +run +cannot be told +– +– +no answers were judged; to tell, evaluate five checkpoints or more$/m,
  );
  expect(readFileSync(join(run, "analysis", "01-phase-transition.html"), "utf8")).toContain(
    "Local cosine similarity of B",
  );
  const named = await ran(phaseTransition.command, run, "--adapter", "x");
  expect(named.stderr).toBe(
    "error: --adapter: the run has no adapter on x\n" +
      "hint: there are model.layers.0.mlp.down_proj, model.layers.2.mlp.down_proj\n",
  );
  const other = copyOf("peft-run-rslora-bf16");
  const out = join(temporaryFolder(), "pca.html");
  const path = await ran(pcaScript.command, other, "--factor", "A", "--out", out, "--width", "column");
  expect(path.stderr).toMatch(/^warning: .*the top-level adapter is not checkpoint-33/);
  expect(path.stdout.match(/^model\.layers\.1\.\S+ +A +12 /gm)).toHaveLength(2);
  expect(readFileSync(out, "utf8")).toContain("Path of A in its principal components");
  expect(existsSync(join(other, "analysis"))).toBe(false);
  const cosines = await ran(
    localCosine.command,
    run,
    "--k",
    "1,7000",
    "--out",
    join(temporaryFolder(), "k.html"),
  );
  expect(cosines.stdout).toMatch(/^model\.layers\.0\.\S+ +7000 +– +– +– /m);
  expect(await ran(localCosine.command, run, "--k", "x")).toMatchObject({ status: 2 });
});

describe.each(scripts)("%s", (name, command) => {
  test("has help with an example, and refuses what is no run and wrong arguments, with different exit codes", async () => {
    const help = await ran(command, "--help");
    expect(help.status).toBe(0);
    expect(help.stdout).toContain(`$ npx tsx analyses/${name}.ts `);
    expect(help.stdout).toContain("--out");
    const folder = join(temporaryFolder(), "none");
    const none = await ran(command, folder);
    expect(none).toMatchObject({ status: 1, stdout: "" });
    expect(none.stderr).toMatch(new RegExp(`^error: .*${basename(folder)}.*\n`));
    expect((await ran(command, folder, "--oot")).stderr).toMatch(/^error: unknown option '--oot'\n/);
    expect((await ran(command, folder, "--oot")).status).toBe(2);
  });
});

test("a script is started by its file, with the package's name for the sources", () => {
  const run = copyOf("peft-run-rank1-f32");
  const { status, stdout, stderr } = started("02-norms-and-gradient-norm", run);
  expect([status, stderr]).toEqual([0, ""]);
  expect(stdout).toMatch(/^model\.layers\.2\.mlp\.down_proj +ΔW +0\.0000 /m);
  expect(started("02-norms-and-gradient-norm")).toMatchObject({
    status: 2,
    stdout: "",
    stderr: "error: missing required argument 'run'\n",
  });
});
