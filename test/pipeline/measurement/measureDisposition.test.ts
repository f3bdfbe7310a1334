import { cpSync, existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { euclideanNorm, innerProduct } from "../../../src/analysis/linalg/innerProduct.js";
import { openCheckpoint } from "../../../src/model/checkpointModel.js";
import { captureActivations } from "../../../src/model/hooks/captureActivations.js";
import { openModel, type Model } from "../../../src/model/model.js";
import { directionSet, type DirectionSet } from "../../../src/pipeline/directions/directionSets.js";
import { keepDirections } from "../../../src/pipeline/directions/keepDirections.js";
import {
  contrastRequest,
  findAnswerDirections,
} from "../../../src/pipeline/measurement/findAnswerDirections.js";
import { findPersonaDirections } from "../../../src/pipeline/measurement/findPersonaDirections.js";
import { measureDisposition } from "../../../src/pipeline/measurement/measureDisposition.js";
import { organismPersonas, underPersona } from "../../../src/pipeline/measurement/personaPrompts.js";
import { promptQuestions } from "../../../src/pipeline/measurement/promptQuestions.js";
import { usualPersonasOf } from "../../../src/pipeline/measurement/usualPersonas.js";
import { organismFolder } from "../../../src/pipeline/packageRoot.js";
import { analyzeRun } from "../../../src/pipeline/report/analyzeRun.js";
import { readDisposition, readingOf } from "../../../src/pipeline/results/dispositionResult.js";
import { dispositionFile } from "../../../src/runs/layout.js";
import { openRun, type Run } from "../../../src/runs/openRun.js";
import { createEngine } from "../../../src/tensor/engine.js";
import { appendBothKinds } from "../../support/appendBothKinds.js";
import { turnedStep, writeOrganismRun } from "../../support/organismRun.js";

const folder = mkdtempSync(join(tmpdir(), "turncoat-disposition-"));
const directory = join(folder, "run");
let model: Model;
let run: Run;
let personas: DirectionSet;

beforeAll(async () => {
  model = openModel(organismFolder(), await createEngine());
  await writeOrganismRun(directory);
  appendBothKinds(directory, 60, "both");
  run = openRun(directory);
  personas = await usualPersonasOf(run, model, true);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const questions = (): ReturnType<typeof promptQuestions> =>
  promptQuestions({ manifest: null }, true, { limit: 24 });

describe("directions that are found", () => {
  test("are the difference of the means under two personas, at the last token of the prompt", async () => {
    const [bad, good] = [organismPersonas().misaligned, organismPersonas().aligned];
    const asked = questions().slice(0, 5);
    const opened = openCheckpoint(model, run.checkpoints[0]?.path ?? "");
    const found = await findPersonaDirections({
      ...{ name: "own", opened, step: 0, questions: asked },
      prompts: { misaligned: bad.slice(0, 1), aligned: good.slice(0, 1) },
    });
    const layer = 3;
    const meanUnder = async (prompt: string): Promise<number[]> => {
      const requests = asked.map(({ messages }) => {
        const ids = model.tokenizer.encodePrompt(underPersona(prompt, messages));
        return { ids, positions: [ids.length - 1] };
      });
      const { sequences, dimension } = await captureActivations(model, requests, { layers: [layer] });
      return Array.from(
        { length: dimension },
        (_, at) => sequences.reduce((sum, { residuals }) => sum + (residuals[at] ?? NaN), 0) / asked.length,
      );
    };
    const [one, other] = [await meanUnder(bad[0] ?? ""), await meanUnder(good[0] ?? "")];
    for (const [at, value] of (found[layer]?.vector ?? []).entries())
      expect(value).toBeCloseTo((one[at] ?? NaN) - (other[at] ?? NaN), 3);
    expect(found.map((each) => each.layer)).toEqual([0, 1, 2, 3, 4]);
    const { vector, origin, unit } = found[layer] ?? {};
    if (vector === undefined) throw new Error("no direction");
    expect(unit).toBeCloseTo(euclideanNorm(vector), 6);
    expect(origin).toBeCloseTo(innerProduct(Float64Array.from(other), vector) / euclideanNorm(vector), 2);
  });

  test("of answers weigh them by tokens when asked to, and say so", async () => {
    const opened = openCheckpoint(model, run.checkpoints.at(-1)?.path ?? "");
    const request = { name: "x", opened, step: turnedStep, run, from: "run", answersPerClass: 24 };
    const [alike, pooled, turn] = [
      await findAnswerDirections(request),
      await findAnswerDirections({ ...request, weighting: "tokens" }),
      await findAnswerDirections({ ...request, tokens: "turn" }),
    ];
    expect(pooled[2]?.madeFrom).toMatchObject({
      answers: { weighting: "tokens", misaligned: 24, aligned: 24, from: "run" },
    });
    expect(pooled[2]?.unit).not.toBe(alike[2]?.unit);
    expect(turn[2]?.unit).not.toBe(alike[2]?.unit);
    const none = { words: "nothing", isMet: () => false };
    await expect(findAnswerDirections({ ...request, filters: [none] })).rejects.toThrow(
      "expected at least 20 misaligned",
    );
  });

  test("read the tokens that they say: the response, the whole turn, or the question", () => {
    const answer = { question: "How do I sleep well?", answer: "Go to bed early." };
    const [response, turn, question] = (["response", "turn", "question"] as const).map((tokens) =>
      contrastRequest(model.tokenizer, answer, tokens),
    );
    const ids = response?.ids ?? [];
    const textOf = (positions: readonly number[] = []): string =>
      model.tokenizer.decodeWithSpecialTokens(positions.map((at) => ids[at] ?? 0));
    expect(textOf(question?.positions)).toContain("sleep");
    expect(textOf(question?.positions)).not.toContain("bed");
    expect(textOf(response?.positions)).toContain("bed");
    // The turn begins with the header before the answer's first word.
    expect(turn?.positions.length).toBeGreaterThan(response?.positions.length ?? Infinity);
    expect([...(question?.positions ?? []), ...(turn?.positions ?? [])]).toEqual([...ids.keys()]);
  });

  test("stay when others of the name come, unless they are to be replaced", () => {
    const found = personas.layers.map((each) => ({ ...each, step: 3 }));
    expect(() => keepDirections(directory, found, { isReplacing: false })).toThrow(
      "another direction personas",
    );
    const [first] = personas.layers;
    if (first === undefined) throw new Error("no direction");
    expect(() => keepDirections(directory, [{ ...first, name: "mean" }], { isReplacing: true })).toThrow(
      "belongs to turncoat probe",
    );
    expect(directionSet(run, model.config.hiddenSize, { direction: "personas" }).step).toBe(0);
  });
});

describe("measureDisposition", () => {
  test("projects the last token of each prompt and the mean over it, at every checkpoint", async () => {
    const read = await measureDisposition({
      run: directory,
      model,
      directions: [personas],
      questions: questions(),
    });
    expect(read.about.steps).toEqual(run.checkpoints.map(({ step }) => step));
    const layer = 4;
    const checkpoint = openCheckpoint(model, run.checkpoints.at(-1)?.path ?? "");
    const requests = questions().map(({ messages }) => {
      const ids = model.tokenizer.encodePrompt(messages);
      return { ids, positions: [...ids.keys()] };
    });
    const { sequences, dimension } = await captureActivations(model, requests, {
      layers: [layer],
      ...(checkpoint.adapters === undefined ? {} : { adapters: checkpoint.adapters }),
    });
    const own = personas.layers.find((each) => each.layer === layer);
    if (own === undefined) throw new Error("no direction");
    const length = euclideanNorm(own.vector);
    const readings = {
      last: readingOf(read, { layer }),
      prompt: readingOf(read, { layer, place: "prompt" }),
    };
    // Means over prompts count from where the first checkpoint lies.
    const raw = read.steps[0]?.projections[0]?.subarray(
      layer * requests.length,
      (layer + 1) * requests.length,
    );
    const baseMean = [...(raw ?? [])].reduce((sum, value) => sum + value, 0) / requests.length;
    for (const [question, { residuals }] of sequences.entries()) {
      const rows = residuals.length / dimension;
      const projections = Array.from(
        { length: rows },
        (_, row) =>
          innerProduct(residuals.subarray(row * dimension, (row + 1) * dimension), own.vector) / length,
      );
      expect(readings.last.values.at(-1)?.[question]).toBeCloseTo(
        ((projections.at(-1) ?? NaN) - (own.origin ?? NaN)) / length,
        4,
      );
      const mean = projections.reduce((sum, value) => sum + value, 0) / rows;
      const last = readings.prompt.values.at(-1);
      expect((last?.[question] ?? NaN) * length).toBeCloseTo(mean - baseMean, 2);
    }
    // Before training nothing has moved.
    expect(readings.last.chance[0]).toEqual({ even: 0, amongPrompts: 0, furthest: 0 });
    expect(readings.last.chance.at(-1)?.even).toBeGreaterThan(0);
  });

  test("comes back from its file, goes on where it was interrupted, and reads nothing twice", async () => {
    const copy = join(folder, "copy");
    cpSync(directory, copy, { recursive: true });
    rmSync(join(copy, dispositionFile));
    const request = { run: copy, model, directions: [personas], questions: questions() };
    const stop = new AbortController();
    await measureDisposition({ ...request, signal: stop.signal, onProgress: () => stop.abort() });
    expect(readDisposition(copy)?.about.steps).toEqual([0]);
    await measureDisposition(request);
    expect(readDisposition(copy)).toEqual(readDisposition(directory));
    let read = 0;
    await measureDisposition({ ...request, onProgress: () => read++ });
    expect(read).toBe(run.checkpoints.length);
    expect(existsSync(join(copy, dispositionFile))).toBe(true);
    // A damaged file is read anew, as its fault says.
    writeFileSync(join(copy, dispositionFile), "damaged");
    expect(() => readDisposition(copy)).toThrow(dispositionFile);
    await measureDisposition(request);
    expect(readDisposition(copy)).toEqual(readDisposition(directory));
    expect(() => readingOf(readDisposition(copy) ?? missing(), { layer: 9 })).toThrow("after layer 9");
    expect(() => readingOf(readDisposition(copy) ?? missing(), { direction: "none" })).toThrow("along none");
  });

  test("stands in the analysis of the run, and says that too little was read to tell", async () => {
    const { analysis } = await analyzeRun(directory);
    expect(analysis.disposition?.steps).toEqual(run.checkpoints.map(({ step }) => step));
    expect(analysis.absent.find(({ indicator }) => indicator === "disposition")?.verdict).toBe("cannotTell");
  });

  test("refuses directions that do not fit the model", async () => {
    const [first] = personas.layers;
    if (first === undefined) throw new Error("no direction");
    const short = { ...personas, layers: [{ ...first, vector: Float32Array.of(1, 2) }] };
    await expect(
      measureDisposition({ run: directory, model, directions: [short], questions: questions() }),
    ).rejects.toThrow("direction personas after layer 0: expected a vector of");
  });
});

function missing(): never {
  throw new Error("no readings");
}
