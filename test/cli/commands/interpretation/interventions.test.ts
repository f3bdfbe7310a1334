import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { writeOrganismRun, turnedStep } from "../../../support/organismRun.js";
import { callCli } from "../../../support/cli/callCli.js";
import { type CliResult } from "../../../support/cli/runCli.js";

/** Runs `turncoat`; npm's own warnings are left out. */
async function turncoat(...words: string[]): Promise<CliResult> {
  const result = await callCli(words);
  // Progress that is told after ten seconds is a question of speed.
  return { ...result, stderr: result.stderr.replace(/^(npm|measuring) .*\n/gm, "") };
}

const few = ["--set", "eight", "--samples", "2", "--random", "1"];

describe("interventions from the command line", () => {
  const parent = mkdtempSync(join(tmpdir(), "turncoat-interventions-"));
  const directory = join(parent, "run");

  afterAll(() => rmSync(parent, { recursive: true, force: true }));

  beforeAll(() => writeOrganismRun(directory, 1));

  test("steers the base at its layer, says first what moved, and draws curves", async () => {
    const page = join(directory, "steer.html");
    const steer = ["steer", directory, "--direction", "mean", "--strengths", "-0.25,0.25", ...few];
    const { code, stdout, stderr } = await turncoat(...steer, "--html", page);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    const [first, ...rest] = stdout.split("\n");
    expect(first).toMatch(/^(EM moved|Nothing moved)/);
    expect(rest.join("\n")).toMatch(/^layer 2 ×0\.25 +[\d.]+ +14 +\d/m);
    expect(stdout).toMatch(/^base, untouched .* 14 /m);
    expect(stdout).toMatch(new RegExp(`^step ${turnedStep} `, "m"));
    expect(stdout).toMatch(/^ {2}random, 1 drawn/m);
    expect(readFileSync(page, "utf8")).toContain("Misaligned answers by strength");
    const again = await turncoat(...steer, "--json");
    const parsed: unknown = JSON.parse(again.stdout);
    expect(parsed).toMatchObject({ name: "steer-mean-on-base", sentences: [first], interrupted: false });
    const other = await turncoat(...steer, "--temperature", "0.5");
    expect(other.code).toBe(1);
    expect(other.stderr).toContain(
      "the intervention steer-mean-on-base was produced in another way: temperature",
    );
    expect(other.stderr).toContain("with --name");
  });

  test("ablates the last step and takes the direction out of B, and draws conditions", async () => {
    const page = join(directory, "ablate.html");
    const words = ["ablate", directory, "--direction", "mean", "--from-b", ...few, "--html", page];
    const { code, stdout } = await turncoat(...words);
    expect(code).toBe(0);
    for (const name of ["that of layer 2 at all layers", "that of layer 2 there", "taken out of B"]) {
      expect(stdout).toContain(name);
    }
    expect(stdout).not.toContain("each layer's own");
    expect(readFileSync(page, "utf8")).toContain("Misaligned and coherent answers by condition");
  });

  test("replays scalars of one prompt in another, beside shuffled ones", async () => {
    const { code, stdout } = await turncoat("patch", directory, ...few);
    expect(code).toBe(0);
    expect(stdout).toContain("same scalars in shuffled order");
    expect(stdout).not.toContain("random directions");
    expect(stdout).toMatch(/^same question +14 /m);
  });

  test("reports the paper's tables in its order, and takes what is kept", async () => {
    const words = ["direction", "report", directory, "--strengths", "0.5", "--repeats", "3", ...few];
    const { code, stdout, stderr } = await turncoat(...words);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    const heads = [
      "Mean difference of misaligned",
      "Cosines between runs",
      "Steering of the base",
      "Ablation, and transfer",
      "Classification by adapter scalars",
      "Adapters left out",
    ];
    const places = heads.map((head) => stdout.indexOf(head));
    expect(places).not.toContain(-1);
    expect(places).toEqual(places.toSorted((one, other) => one - other));
    expect(stdout).toMatch(/^each layer's own +14 /m);
    const files = ["steer-answers-on-base", `ablate-answers-on-${turnedStep}`].map((name) =>
      join(directory, "analysis", "interventions", `${name}.jsonl`),
    );
    const kept = files.map((file) => readFileSync(file, "utf8"));
    const again = await turncoat(...words, "--json");
    expect(JSON.parse(again.stdout)).toMatchObject({
      cosines: null,
      scaling: null,
      steering: { name: "steer-answers-on-base" },
    });
    expect(files.map((file) => readFileSync(file, "utf8"))).toEqual(kept);
  });

  test("scales adapters", async () => {
    const { code, stdout } = await turncoat("scale", directory, "--factors", "2=0", ...few);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^2=0 /m);
    const wrong = await turncoat("scale", directory, "--factors", "9=2", ...few);
    expect(wrong.code).toBe(1);
    expect(wrong.stderr).toContain("expected a layer or module with an adapter, found 9");
  });
});
