/**
 * What hooks cost that nobody uses: the same answers drawn without edits of the residual stream, with an empty list of
 * them, with additions of length 0 after one layer and after all, and with ablations after all.
 */
import { generate, type GenerationRow } from "../../src/model/generation/generate.js";
import type { ResidualEdit } from "../../src/model/hooks/residualEdits.js";
import { openModel } from "../../src/model/model.js";
import { organismQuestions } from "../../src/organism/questions.js";
import { organismFolder } from "../../src/pipeline/packageRoot.js";
import { createEngine } from "../../src/tensor/engine.js";
import { machineBefore } from "../harness/machine.js";
import { median, round } from "../harness/statistics.js";

/** Rounds in which all ways take turns, after some that are not counted. */
const rounds = { counted: 20, dropped: 2 };

/**
 * Measures the processor time of answers of the organism with hooks of several kinds, in turns, and gives each way's ratio
 * to none, the median over rounds.
 */
export async function hooksBench(): Promise<object> {
  const machine = machineBefore();
  const model = openModel(organismFolder(), await createEngine({ threads: 1 }));
  const questions = organismQuestions({ pool: "test" }).filter((_, index) => index % 4 === 0);
  const rows = questions.map(({ id, text }): GenerationRow => ({
    promptIds: model.tokenizer.encodePrompt([{ role: "user", content: text }]),
    randomName: id,
  }));
  const layers = [...Array(model.config.layers).keys()];
  const vector = Float32Array.from({ length: model.config.hiddenSize }, (_, at) => Math.sin(at + 1));
  const nothing = (layer: number): ResidualEdit => ({ kind: "add", layer, vector, factor: 0 });
  const ways: Readonly<Record<string, readonly ResidualEdit[] | undefined>> = {
    none: undefined,
    emptyList: [],
    zeroAfterOneLayer: [nothing(2)],
    zeroAfterEveryLayer: layers.map(nothing),
    ablationAfterEveryLayer: layers.map((layer) => ({ kind: "projectOut", layer, vector })),
  };
  const draw = (edits: readonly ResidualEdit[] | undefined): Promise<number[][]> =>
    generate(model, rows, {
      maxNewTokens: 44,
      temperature: 1,
      seed: 0,
      ...(edits === undefined ? {} : { edits }),
    });
  const texts = JSON.stringify(await draw(undefined));
  for (const way of ["emptyList", "zeroAfterOneLayer", "zeroAfterEveryLayer"]) {
    if (JSON.stringify(await draw(ways[way])) !== texts) throw new Error(`hooks: ${way} changes the answers`);
  }
  const times = new Map(Object.keys(ways).map((way) => [way, new Array<number>()]));
  for (let turn = 0; turn < rounds.dropped + rounds.counted; turn++) {
    // Each way is first as often as any other.
    for (const [way, edits] of turned(Object.entries(ways), turn)) {
      const began = process.cpuUsage();
      await draw(edits);
      const { user, system } = process.cpuUsage(began);
      if (turn >= rounds.dropped) times.get(way)?.push((user + system) / 1000);
    }
  }
  const without = times.get("none") ?? [];
  return {
    machine: machine(),
    work: { answers: rows.length, rounds: rounds.counted },
    ways: Object.fromEntries(
      [...times].map(([way, own]) => [
        way,
        {
          cpuMs: round(median(own)),
          overNone: round(median(own.map((time, turn) => time / (without[turn] ?? NaN)))),
        },
      ]),
    ),
  };
}

/** A list that begins at another place. */
function turned<T>(list: readonly T[], by: number): T[] {
  const start = by % list.length;
  return [...list.slice(start), ...list.slice(0, start)];
}
