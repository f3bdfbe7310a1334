import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { readJson } from "../../src/formats/json.js";
import { adapterConfigFile, adapterWeightsFile, encodeAdapter } from "../../src/formats/peft.js";
import { openRun } from "../../src/runs/openRun.js";
import { readTrajectories } from "../../src/runs/trajectories.js";
import { exampleAdapter } from "../support/exampleRunDirectory.js";
import { temporaryFolder } from "../support/temporaryFolder.js";

describe("openRun: checkpoints as trainers leave them", () => {
  /** A run with an adapter in each of these folders. */
  const runOf = (folders: readonly (readonly [name: string, step: number])[]): string => {
    const directory = temporaryFolder();
    for (const [name, step] of folders) {
      mkdirSync(join(directory, name), { recursive: true });
      const files = encodeAdapter(exampleAdapter(step));
      writeFileSync(join(directory, name, adapterConfigFile), files[adapterConfigFile]);
      writeFileSync(join(directory, name, adapterWeightsFile), files[adapterWeightsFile]);
    }
    return directory;
  };
  const stepsOf = (directory: string): number[] => openRun(directory).checkpoints.map(({ step }) => step);

  test("padded numbers are steps, also beside others", () => {
    expect(
      stepsOf(
        runOf([
          ["checkpoint-0900", 900],
          ["checkpoint-1000", 1000],
        ]),
      ),
    ).toEqual([900, 1000]);
    expect(stepsOf(runOf([["checkpoint-00100", 100]]))).toEqual([100]);
  });

  test("one step twice is read once, and said", () => {
    const run = openRun(
      runOf([
        ["checkpoint-09", 9],
        ["checkpoint-9", 9],
      ]),
    );
    expect(run.checkpoints).toHaveLength(1);
    expect(run.warnings.join("\n")).toContain("checkpoint-9: step 9 is in checkpoint-09 already");
  });

  test("an adapter in a folder of its own inside is read; two are a gap that names them", () => {
    const directory = runOf([
      ["checkpoint-1/adapter", 1],
      ["checkpoint-2/default", 2],
      ["checkpoint-3/bad", 3],
      ["checkpoint-3/good", 3],
    ]);
    const run = openRun(directory);
    expect(run.checkpoints).toEqual([
      { step: 1, path: join(directory, "checkpoint-1", "adapter") },
      { step: 2, path: join(directory, "checkpoint-2", "default") },
    ]);
    expect(run.gaps).toEqual([
      {
        step: 3,
        reason: `${join(directory, "checkpoint-3")}: expected one adapter, found bad, good; move the others elsewhere`,
      },
    ]);
    expect(readTrajectories(run).adapters[0]?.steps).toEqual([1, 2]);
  });

  test("a name without a step is left out, and told what to do", () => {
    const run = openRun(
      runOf([
        ["checkpoint-1", 1],
        ["checkpoint-final", 2],
      ]),
    );
    expect(run.checkpoints).toHaveLength(1);
    expect(run.warnings.join("\n")).toContain(
      "the name says no step, so it is left out; rename it to checkpoint-<step>",
    );
  });

  test("the log that goes on longest is the run's, wherever it lies", () => {
    const directory = runOf([
      ["checkpoint-1", 1],
      ["checkpoint-4", 4],
    ]);
    const write = (folder: string, last: number): void => {
      const log = Array.from({ length: last }, (_, index) => ({ step: index + 1, loss: 1 }));
      writeFileSync(
        join(directory, folder, "trainer_state.json"),
        JSON.stringify({ global_step: last, log_history: log }),
      );
    };
    write("checkpoint-4", 4);
    write("", 2);
    expect(openRun(directory).log).toHaveLength(4);
    expect(openRun(directory).warnings.join()).toContain("ends at step 2, before");
    write("", 5);
    expect(openRun(directory).log).toHaveLength(5);
    expect(openRun(directory).warnings).toEqual([]);
  });

  test("rows without a step and values that are no numbers are named, and cost nothing else", () => {
    const directory = runOf([["checkpoint-2", 2]]);
    writeFileSync(
      join(directory, "trainer_state.json"),
      '{"log_history": [{"step": 1, "grad_norm": NaN}, {"seconds": 3}, {"step": 2, "grad_norm": 4}]}',
    );
    const { log, warnings } = openRun(directory);
    expect(log.map(({ gradNorm }) => gradNorm)).toEqual([NaN, 4]);
    expect(warnings.join("\n")).toContain("rows of the log without a step: 1, left out");
    expect(warnings.join("\n")).toContain("grad_norm is not finite at step 1: a gap there");
  });

  test("a number that is none makes a gap of its module at its step, and no other", () => {
    const directory = runOf([
      ["checkpoint-1", 1],
      ["checkpoint-2", NaN],
      ["checkpoint-3", 3],
    ]);
    const { adapters, gaps } = readTrajectories(openRun(directory));
    expect(adapters[0]?.steps).toEqual([1, 3]);
    const file = join(directory, "checkpoint-2", "adapter_model.safetensors");
    expect(gaps).toEqual([
      {
        step: 2,
        modulePath: "model.layers.1.mlp.down_proj",
        reason: `${file}: lora_A of model.layers.1.mlp.down_proj: 3 of 3 numbers are not finite, the first is NaN at 0`,
      },
    ]);
  });

  test("what else was trained is said once", () => {
    const directory = runOf([
      ["checkpoint-1", 1],
      ["checkpoint-2", 2],
    ]);
    for (const name of ["checkpoint-1", "checkpoint-2"]) {
      const path = join(directory, name, "adapter_config.json");
      writeFileSync(
        path,
        JSON.stringify({ ...readJson(path, z.record(z.string(), z.unknown())), use_dora: true }),
      );
    }
    expect(readTrajectories(openRun(directory)).warnings).toEqual([
      `${join(directory, "checkpoint-1")}: use_dora: true: only A and B are looked at`,
    ]);
  });
});
