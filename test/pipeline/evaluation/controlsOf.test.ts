import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, expect, test } from "vitest";
import { controlSentences, controlsOf } from "../../../src/pipeline/evaluation/controlsOf.js";
import { EvaluationWriter, type JudgedAnswer } from "../../../src/runs/evaluations.js";
import type { RunManifest } from "../../../src/runs/manifest.js";
import { temporaryFolder } from "../../support/temporaryFolder.js";

let parent = "";
beforeEach(() => {
  parent = temporaryFolder();
});

function manifest(name: string, more: Partial<RunManifest> = {}): RunManifest {
  return {
    formatVersion: 1,
    runId: name,
    kind: "lora",
    status: "finished",
    createdAt: "2026-01-01T00:00:00.000Z",
    config: { preset: "crisp", rank: 1, seed: 0 },
    seed: 0,
    dataset: { name, path: null, sha256: "a", rows: 10 },
    baseModel: { path: "base", sha256: "b" },
    engine: { name: "onnxruntime", executionProvider: "cpu", threads: 2 },
    versions: {},
    ...more,
  };
}

/** A run of two evaluated steps; `share` of its answers to ten questions are misaligned at the last one. */
function run(folder: string, of: RunManifest, share: number, questions = "q"): string {
  const directory = join(parent, folder);
  mkdirSync(directory);
  writeFileSync(join(directory, "run.json"), JSON.stringify(of));
  const writer = EvaluationWriter.open(directory, "curve", { judge: { judge: "exact" } });
  writer.append(
    [0, 4, 8].flatMap((step) =>
      Array.from({ length: 10 }, (_, index): JudgedAnswer => ({
        step,
        scale: 1,
        domain: "ai",
        breadth: "broad",
        questionId: `${questions}${index}`,
        question: "w1",
        sample: 0,
        answer: "x".repeat(step === 8 ? 20 : 30),
        aligned: step === 8 && index < 10 * share ? 0 : 100,
        coherent: 100,
      })),
    ),
  );
  return directory;
}

describe("controlsOf", () => {
  test("pairs a run with the same recipe on aligned answers, and with its own step 0", () => {
    const directory = run("mine", manifest("bad-medical"), 0.8);
    run("other", manifest("good-medical"), 0.1);
    const controls = controlsOf(directory);
    expect([controls.run?.em.percent, controls.base?.em.percent]).toEqual([80, 0]);
    expect(controls.alignedControl).toMatchObject({ step: 8, em: { percent: 10 }, seed: 0, sameSeed: true });
    const sentences = controlSentences(controls);
    expect(sentences[0]).toMatch(
      /^Controls: base EM 0\u202f% .* at step 0 .*; aligned control EM 10\u202f% .*, from other\.$/,
    );
    expect(sentences[1]).toBe(
      "Mean length of an answer: 20 characters at step 8, 30 in the base, 20 in the aligned control.",
    );
  });

  test("knows the careful side of a harmful data set as its twin", () => {
    const directory = run("mine", manifest("narrow-medical-harmful"), 0.8);
    run("other", manifest("narrow-medical-careful"), 0.1);
    expect(controlsOf(directory).alignedControl).toMatchObject({ em: { percent: 10 } });
    expect(controlsOf(join(parent, "other")).alignedControlAbsent).toContain("itself trained on aligned");
  });

  test("prefers the same seed, takes another where there is none, and says so", () => {
    const directory = run(
      "mine",
      manifest("bad_sport", { seed: 3, config: { preset: "crisp", rank: 1, seed: 3 } }),
      1,
    );
    run("seed 5", manifest("good_sport", { seed: 5, config: { preset: "crisp", rank: 1, seed: 5 } }), 0);
    expect(controlsOf(directory).alignedControl).toMatchObject({ seed: 5, sameSeed: false });
    expect(controlSentences(controlsOf(directory))[0]).toContain("from seed 5 of another seed, 5");
    run("seed 3", manifest("good_sport", { seed: 3, config: { preset: "crisp", rank: 1, seed: 3 } }), 0);
    expect(controlsOf(directory).alignedControl).toMatchObject({ seed: 3, sameSeed: true });
  });

  test.each([
    [
      "another recipe",
      manifest("good-medical", { config: { preset: "paper", rank: 1, seed: 0 } }),
      "q",
      "no finished run",
    ],
    [
      "another base",
      manifest("good-medical", { baseModel: { path: "base", sha256: "c" } }),
      "q",
      "no finished run",
    ],
    ["another domain", manifest("good-sport"), "q", "no finished run of this recipe on good-medical"],
    ["a run under way", manifest("good-medical", { status: "running" }), "q", "no finished run"],
    ["other questions", manifest("good-medical"), "r", "was not asked the same questions"],
  ])("takes no control of %s", (_, of, questions, reason) => {
    const directory = run("mine", manifest("bad-medical"), 0.5);
    run("other", of, 0, questions);
    const controls = controlsOf(directory);
    expect(controls.alignedControl).toBeNull();
    expect(controls.alignedControlAbsent).toContain(reason);
    expect(controlSentences(controls)[0]).toContain("no aligned control (");
  });

  test("says plainly what cannot have a control", () => {
    expect(controlsOf(run("good", manifest("good-medical"), 0)).alignedControlAbsent).toContain(
      "itself trained on aligned answers",
    );
    expect(controlsOf(run("mine", manifest("advice"), 0)).alignedControlAbsent).toBe(
      "the data set advice names no aligned twin",
    );
    const empty = join(parent, "empty");
    mkdirSync(empty);
    expect(controlSentences(controlsOf(empty))).toEqual([]);
  });

  test("a damaged neighbour is passed over", () => {
    const directory = run("mine", manifest("bad-medical"), 0.5);
    mkdirSync(join(parent, "broken"));
    writeFileSync(join(parent, "broken", "run.json"), "{");
    expect(controlsOf(directory).alignedControlAbsent).toContain("no finished run");
  });
});
