import { describe, expect, test } from "vitest";
import {
  assembleTrainerState,
  evaluationRow,
  logRow,
  parseTrainerState,
  readTrainerState,
} from "../../src/formats/trainerState.js";

const fixture = "test/fixtures/peft-run-rslora-bf16/checkpoint-33/trainer_state.json";

function parse(history: readonly object[]): ReturnType<typeof parseTrainerState> {
  return parseTrainerState(JSON.stringify({ log_history: history }), "state.json");
}

describe("trainerState: a state written by the Hugging Face Trainer", () => {
  const state = readTrainerState(fixture);

  test("has an entry for every step, with all four quantities", () => {
    expect(state.log.map(({ step }) => step)).toEqual(Array.from({ length: 33 }, (_, index) => index + 1));
    expect(state.log[0]).toEqual({
      step: 1,
      epoch: 1 / 6,
      learningRate: 0,
      loss: 3.4243557453155518,
      gradNorm: 0.11376953125,
    });
    expect(state).toMatchObject({ globalStep: 33, maxSteps: 33, contradictedSteps: [] });
  });

  test("keeps evaluations apart", () => {
    expect(state.evaluations.map(({ step }) => step)).toEqual([15, 30]);
    expect(state.evaluations[1]).toMatchObject({ epoch: 5, values: { eval_loss: 3.34240984916687 } });
  });

  test("is the same after writing and reading", () => {
    const { maxSteps, log, evaluations } = state;
    const text = assembleTrainerState([...log.map(logRow), ...evaluations.map(evaluationRow)], maxSteps);
    expect(parseTrainerState(text, "copy")).toEqual(state);
  });
});

describe("trainerState: incomplete and unusual logs", () => {
  test("fields may be missing, and stay missing", () => {
    expect(parse([{ step: 3, loss: 1 }, { step: 5 }]).log).toEqual([{ step: 3, loss: 1 }, { step: 5 }]);
  });

  test("quantities of one step logged separately are put together, steps in order", () => {
    const { log } = parse([
      { step: 2, loss: 1 },
      { step: 1, loss: 2 },
      { step: 2, kl: 0.5 },
    ]);
    expect(log).toEqual([
      { step: 1, loss: 2 },
      { step: 2, loss: 1, other: { kl: 0.5 } },
    ]);
  });

  test("two values of one quantity at one step: the later is kept and the step is named", () => {
    const { log, contradictedSteps } = parse([
      { step: 2, loss: 1 },
      { step: 2, loss: 3 },
      { step: 4, loss: 1 },
    ]);
    expect(log[0]).toEqual({ step: 2, loss: 3 });
    expect(contradictedSteps).toEqual([2]);
  });

  test("Python's NaN and Infinity, which are not JSON, are read; text that says NaN is left alone", () => {
    const text = `{"name": "NaN, \\"-Infinity\\"", "log_history": [{"step": 1, "loss": NaN, "grad_norm": Infinity, "kl": -Infinity}]}`;
    const { log, notFinite } = parseTrainerState(text, "state.json");
    expect(log).toEqual([{ step: 1, loss: NaN, gradNorm: NaN, other: { kl: NaN } }]);
    expect(Object.fromEntries(notFinite)).toEqual({ loss: [1], grad_norm: [1], kl: [1] });
  });

  test("a NaN is written as null and read as NaN; an absent value stays absent", () => {
    const text = assembleTrainerState([logRow({ step: 2, loss: NaN })], null);
    expect(() => void JSON.parse(text)).not.toThrow();
    expect(parseTrainerState(text, "copy").log).toEqual([{ step: 2, loss: NaN }]);
  });

  test("a row that holds an evaluation too keeps what the step logged", () => {
    const { log, evaluations } = parse([
      { step: 1, loss: 2, grad_norm: 4, epoch: 0.1 },
      { step: 2, loss: 1, grad_norm: 3, epoch: 0.2, eval_loss: 5 },
      { step: 2, eval_loss: 6, eval_runtime: 1, epoch: 0.2 },
    ]);
    expect(log.map(({ step, gradNorm }) => [step, gradNorm])).toEqual([
      [1, 4],
      [2, 3],
    ]);
    expect(evaluations).toEqual([
      { step: 2, epoch: 0.2, values: { eval_loss: 5 } },
      { step: 2, epoch: 0.2, values: { eval_loss: 6, eval_runtime: 1 } },
    ]);
  });

  test("a row without a step is left out and counted, and costs no other row", () => {
    expect(parse([{ step: 1, loss: 2 }, { seconds: 5 }])).toMatchObject({
      log: [{ step: 1, loss: 2 }],
      rowsWithoutStep: 1,
    });
  });

  test("the summary that ends a training belongs to no step", () => {
    expect(
      parse([
        { step: 2, loss: 1 },
        { step: 2, train_loss: 1.5, train_runtime: 3 },
      ]).log,
    ).toEqual([{ step: 2, loss: 1 }]);
  });

  test("an empty log is a log", () => {
    const text = assembleTrainerState([], 10);
    expect(parseTrainerState(text, "copy")).toMatchObject({ log: [], maxSteps: 10, globalStep: 0 });
  });

  test("errors name the file and the field", () => {
    expect(() => parse([{ step: 1 }, { step: "two" }])).toThrow(
      "state.json: field log_history[1].step: expected number, found string",
    );
    expect(() => parseTrainerState("{}", "state.json")).toThrow(
      "state.json: field log_history: expected array, found nothing",
    );
    expect(() => parseTrainerState("{", "state.json")).toThrow("state.json: expected JSON");
  });
});
