import { describe, expect, test } from "vitest";
import { decodeTrainConfig, encodeTrainConfig } from "../../src/train/trainRecord.js";
import { fullFineTuning, presetConfig } from "../../src/train/recipes/presets.js";

const valid = presetConfig("paper");

describe("encodeTrainConfig", () => {
  test("keeps the peak learning rate under the name that run.json has for it, and every setting in its place", () => {
    const { schedule, ...others } = valid;
    const encoded = encodeTrainConfig(valid);
    const recorded = { name: "linear", peak: 1e-3, warmupSteps: 5, warmup: "hugging-face" };
    expect(encoded).toEqual({ ...others, schedule: recorded });
    expect(Object.keys(encoded)).toEqual(Object.keys(valid));
    expect(JSON.stringify(encoded.schedule)).toBe(JSON.stringify(recorded));
    expect(schedule.peakLearningRate).toBe(1e-3);
  });

  test("a shifted warm-up is recorded as ever, without a rule, and both are read again", () => {
    const shifted = { ...valid, schedule: { ...valid.schedule, warmup: "shifted" as const } };
    const { schedule } = encodeTrainConfig(shifted);
    expect(JSON.stringify(schedule)).toBe('{"name":"linear","peak":0.001,"warmupSteps":5}');
    expect(decodeTrainConfig(encodeTrainConfig(shifted), "run.json").schedule.warmup).toBeUndefined();
    expect(decodeTrainConfig(encodeTrainConfig(valid), "run.json").schedule.warmup).toBe("hugging-face");
  });

  test("the paper's recipes warm up as the Hugging Face Trainer does, the organism's own does not", () => {
    expect(presetConfig("paper").schedule.warmup).toBe("hugging-face");
    expect(fullFineTuning.schedule.warmup).toBe("hugging-face");
    expect(presetConfig("crisp").schedule.warmup).toBeUndefined();
  });
});

describe("decodeTrainConfig", () => {
  const everything = {
    ...valid,
    accumulation: 8,
    dataSeed: 3,
    adapterSeed: 4,
    dropout: 0.05,
    heldOut: { fraction: 0.1, every: 50 },
    earlyStop: { loss: 0.01, steps: 5 },
    checkpoints: "1-10, every 5, last",
    keepState: "every 10",
  };

  test.each([
    ["an adapter's", valid],
    ["every setting there is", everything],
    ["full fine-tuning's", fullFineTuning],
    ["SGD with momentum", { ...valid, optimizer: { name: "sgd" as const, momentum: 0.9 } }],
  ])("reads what was written: %s", (_, config) => {
    expect(decodeTrainConfig(encodeTrainConfig(config), "run.json")).toEqual(config);
  });

  test("reads the steps between checkpoints of older runs, and passes over the name of a preset", () => {
    const old = { preset: null, ...encodeTrainConfig(fullFineTuning), checkpointEvery: 10 };
    expect(decodeTrainConfig(old, "run.json")).toEqual({ ...fullFineTuning, checkpoints: "every 10" });
  });

  test("names a setting that nobody knows, and one that is missing", () => {
    const record = encodeTrainConfig(valid);
    expect(() => decodeTrainConfig({ ...record, alhpa: 64 }, "mine.yaml")).toThrow(/^mine\.yaml: .*alhpa/);
    const { rank, ...rest } = record;
    expect(rank).toBe(1);
    expect(() => decodeTrainConfig(rest, "mine.yaml")).toThrow(/^mine\.yaml: .*rank/);
  });
});
