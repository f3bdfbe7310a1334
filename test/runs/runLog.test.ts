import { appendFileSync, existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { readTrainerState } from "../../src/formats/trainerState.js";
import { logPreview } from "../../src/pipeline/report/runPreview.js";
import { openRun } from "../../src/runs/openRun.js";
import { readRunLog } from "../../src/runs/runLog.js";
import { RunWriter } from "../../src/runs/runWriter.js";
import { RunTail } from "../../src/server/live/runTail.js";
import { runFingerprint } from "../../src/pipeline/processes/runFingerprint.js";
import { exampleAdapter, manifest } from "../support/exampleRunDirectory.js";
import { temporaryFolder } from "../support/temporaryFolder.js";

/** A run whose writer has logged some steps and is at work, or was killed. */
function unfinished(steps: number): { directory: string; writer: RunWriter; log: string; state: string } {
  const directory = temporaryFolder();
  const writer = RunWriter.create(directory, manifest, { maxSteps: 1000 });
  writer.writeCheckpoint(0, exampleAdapter(0));
  for (let step = 1; step <= steps; step++) writer.log({ step, loss: 1 / step, gradNorm: step });
  const [log, state] = [join(directory, "trainer_log.jsonl"), join(directory, "trainer_state.json")];
  return { directory, writer, log, state };
}

describe("the log of a run", () => {
  test("costs bytes in proportion to its steps, whatever their number", () => {
    const bytesFor = (steps: number): number => {
      const { directory, writer, log, state } = unfinished(0);
      let bytes = 0;
      const sizes = { [log]: 0, [state]: 0 };
      for (let step = 1; step <= steps; step++) {
        writer.log({ step, epoch: step / 100, loss: 1 / step, learningRate: 1e-5, gradNorm: 0.1 });
        for (const path of [log, state]) {
          const size = statSync(path, { throwIfNoEntry: false })?.size ?? 0;
          const before = sizes[path] ?? 0;
          // One only grows, or is begun anew; the other is another file wherever its size is another.
          if (path === log) bytes += size >= before ? size - before : size;
          else if (size !== before) bytes += size;
          sizes[path] = size;
        }
      }
      writer.finish("finished");
      expect(openRun(directory).log).toHaveLength(steps);
      return bytes / statSync(state).size;
    };
    // The whole file once is 1; a file that is rewritten at every step would be half the number of steps.
    expect(bytesFor(200)).toBeLessThan(8);
    expect(bytesFor(2000)).toBeLessThan(8);
  });

  test("reads to its last step at any time: opened, previewed, followed", () => {
    const { directory, writer } = unfinished(0);
    const tail = new RunTail(directory);
    const fingerprints = new Set<string>();
    for (let step = 1; step <= 60; step++) {
      writer.log({ step, loss: 1, gradNorm: 2 });
      expect(openRun(directory).log.map((entry) => entry.step)).toEqual(
        Array.from({ length: step }, (_, index) => index + 1),
      );
      expect(tail.state().step).toBe(step);
      fingerprints.add(runFingerprint(directory));
    }
    expect(logPreview(directory).loss?.steps.at(-1)).toBe(60);
    expect(fingerprints.size).toBe(60);
  });

  test("readers of trainer_state.json alone see all but the last fifth, and all in the end", () => {
    const { writer, state, log } = unfinished(97);
    expect(readTrainerState(state).log.length).toBeGreaterThan(0.8 * 97 - 1);
    expect(readTrainerState(state)).toMatchObject({ maxSteps: 1000 });
    writer.finish("interrupted");
    expect(readTrainerState(state)).toMatchObject({ globalStep: 97 });
    expect(existsSync(log)).toBe(false);
  });

  test("counts a row once that a crash left in both files", () => {
    const { directory, writer, log, state } = unfinished(33);
    const rows = readFileSync(log, "utf8");
    writer.logEvaluation({ step: 33, values: { eval_loss: 4 } });
    const whole = readFileSync(log, "utf8");
    writer.finish("finished");
    expect(readTrainerState(state).log).toHaveLength(33);
    for (const left of [rows, whole]) {
      writeFileSync(log, left);
      expect(openRun(directory)).toMatchObject({ trainerEvaluations: [{ step: 33 }] });
      expect(openRun(directory).log).toHaveLength(33);
    }
  });

  test("leaves out a half-written row, and names a row that is none", () => {
    const { directory, log } = unfinished(11);
    appendFileSync(log, '{"at":11,"row":{"st');
    expect(openRun(directory).log.at(-1)?.step).toBe(11);
    expect(readRunLog(directory)?.trouble).toBeNull();
    appendFileSync(log, "\n");
    const { warnings, log: rows } = openRun(directory);
    expect(warnings.join("\n")).toContain(`${log}:`);
    expect(rows.length).toBeGreaterThanOrEqual(8);
  });

  test("of a killed run is continued to the bytes of one that was never killed", () => {
    const [whole, killed] = [unfinished(40), unfinished(33)];
    appendFileSync(killed.log, '{"at":33,"ro');
    const continued = RunWriter.reopen(killed.directory, 31);
    expect(openRun(killed.directory).log.at(-1)?.step).toBe(31);
    for (let step = 32; step <= 40; step++) continued.log({ step, loss: 1 / step, gradNorm: step });
    whole.writer.finish("finished");
    continued.finish("finished");
    expect(readFileSync(killed.state, "utf8")).toBe(readFileSync(whole.state, "utf8"));
    expect(existsSync(killed.log)).toBe(false);
  });
});
