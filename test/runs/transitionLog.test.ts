import { appendFileSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { transitionLogFile } from "../../src/runs/layout.js";
import {
  appendTransitions,
  dropTransitionsAfter,
  readTransitions,
  type FiredTransition,
} from "../../src/runs/transitionLog.js";

const folder = mkdtempSync(join(tmpdir(), "turncoat-transitions-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const fired = (knownAt: number): FiredTransition => ({
  knownAt,
  indicator: "rotation",
  step: knownAt - 5,
  interval: [knownAt - 7, knownAt - 3],
  method: "a test",
});

describe("transitionLog: the transitions that fired in training", () => {
  test("are none before the first, and then those that were appended", () => {
    expect(readTransitions(folder)).toEqual([]);
    appendTransitions(folder, []);
    expect(readTransitions(folder)).toEqual([]);
    appendTransitions(folder, [fired(20)]);
    appendTransitions(folder, [fired(40), { ...fired(60), adapter: "model.layers.2.mlp.down_proj" }]);
    expect(readTransitions(folder).map(({ knownAt }) => knownAt)).toEqual([20, 40, 60]);
  });

  test("are without a half line, and name a wrong one", () => {
    appendFileSync(join(folder, transitionLogFile), '{"knownAt": 7');
    expect(readTransitions(folder)).toHaveLength(3);
    appendFileSync(join(folder, transitionLogFile), "}\n");
    expect(() => readTransitions(folder)).toThrow(/transitions\.jsonl:4.*indicator/);
    rmSync(join(folder, transitionLogFile));
  });

  test("forget what fired after the step that a run continues from", () => {
    appendTransitions(folder, [fired(20), fired(40), fired(60)]);
    dropTransitionsAfter(folder, 40);
    expect(readTransitions(folder)).toEqual([fired(20), fired(40)]);
  });
});
