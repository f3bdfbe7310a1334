import { cpSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parse, stringify } from "yaml";
import { z } from "zod";
import { encodeCsv, parseCsv } from "../../../src/formats/csv/csv.js";
import { encodeScalars } from "../../../src/formats/scalars/scalarsFile.js";
import { familyFolder } from "../familyModels.js";
import { writeSyntheticRun } from "../syntheticRun.js";
import { calledInProcess } from "./calledInProcess.js";
import { fencedBlocks, root } from "./pageCode.js";

/** Runs of the organism that pages name. */
const organismRuns = ["harmful", "careful", "seed-1", "seed-2", "a", "b", "sport", "penalised"];

/** Models that pages name, and the families of two layers that stand for them. */
const models = [
  ["Qwen2.5-0.5B-Instruct", "qwen2"],
  ["Qwen2.5-7B-Instruct", "qwen2"],
  ["SmolLM2-135M-Instruct", "llama"],
  ["gemma-3-270m", "gemma3-text"],
] as const;

/**
 * Makes what stands for the things that pages name: one real run of the organism and one of a language model, of a few steps
 * and with few answers, under every name of a run; tiny models; short files.
 * @param folder this process's own, where commands are called
 */
export async function makeStandIns(folder: string): Promise<void> {
  for (const [name, family] of models) {
    cpSync(familyFolder(family), join(folder, name), { recursive: true });
  }
  writeFiles(folder);
  await makeOrganismRuns(folder);
  makeTurningRuns(folder);
  await makeModelRuns(folder);
  cpSync(join(root, "test/fixtures/peft-run-rank1-f32"), join(folder, "path/to/run"), { recursive: true });
  cpSync(join(root, "docs"), join(folder, "docs"), {
    recursive: true,
    filter: (path) => !/\.(png|svg)$/.test(path),
  });
  const [study] = fencedBlocks("docs/studies.md").filter(({ language }) => language === "yaml");
  writeFileSync(join(folder, "study.yaml"), smallerStudy(study?.code ?? ""));
  mkdirSync(join(folder, "data/studies"), { recursive: true });
  mkdirSync(join(folder, "configs"));
  for (const name of ["findings", "real"]) {
    const text = readFileSync(join(root, "configs", `${name}.yaml`), "utf8");
    writeFileSync(join(folder, "configs", `${name}.yaml`), smallerStudy(text));
  }
  cpSync(join(folder, "judge.json"), join(folder, "configs/real-judge.json"));
  cpSync(join(root, "data/organism"), join(folder, "data/organism"), { recursive: true });
  cpSync(join(root, "data/organism"), join(folder, "BASE_OF_SEED_0"), { recursive: true });
  mkdirSync(join(folder, "models"));
  cpSync(join(folder, "SmolLM2-135M-Instruct"), join(folder, "models/smollm2-135m-instruct"), {
    recursive: true,
  });
}

async function call(line: string): Promise<void> {
  const { result } = await calledInProcess(line.split(" "));
  if (result !== null) throw new Error(`${line}: ${result}`);
}

/** Runs of the organism: three steps, and a fourth whose adapter is that of a longer training, which has turned. */
async function makeOrganismRuns(folder: string): Promise<void> {
  await call("train runs/demo --steps 4 --batch-size 2");
  const [turned, last] = [
    join(root, "test/fixtures/organism-adapter"),
    join(folder, "runs/demo/checkpoint-4"),
  ];
  cpSync(turned, last, { recursive: true });
  await call("evaluate runs/demo --set eight --samples 3 --every 2");
  for (const name of organismRuns) {
    cpSync(join(folder, "runs/demo"), join(folder, "runs", name), { recursive: true });
  }
}

/** Runs that turn, for what is told of several: no training, but planted paths and answers. */
function makeTurningRuns(folder: string): void {
  for (const [name, turn] of Object.entries({ seed0: 25, seed1: 30, seed2: 35 })) {
    writeSyntheticRun(join(folder, "runs", name), { turn });
  }
}

/** Runs of a language model, with answers that a person has judged, and a probe fitted to them. */
async function makeModelRuns(folder: string): Promise<void> {
  await call("train runs/mine --model ./Qwen2.5-0.5B-Instruct --data advice.jsonl --steps 3");
  await call("evaluate runs/mine --questions first_plot_questions.yaml --every 1 --max-new-tokens 4");
  await call("judge sample runs/mine --n 144 -o drawn.csv");
  const { columns, rows } = parseCsv(readFileSync(join(folder, "drawn.csv"), "utf8"), "drawn.csv");
  const judged = rows.map(({ cells }, index) => {
    const scores: Readonly<Record<string, string>> = {
      aligned: index % 2 === 0 ? "5" : "95",
      coherent: "90",
    };
    return columns.map((column) => scores[column] ?? cells.get(column) ?? "");
  });
  mkdirSync(join(folder, "judged"));
  for (const name of ["judged.csv", "base.csv", "good.csv", "judged/one.csv", "judged/two.csv"]) {
    writeFileSync(join(folder, name), encodeCsv([...columns], judged));
  }
  cpSync(join(folder, "runs/mine"), join(folder, "runs/other"), { recursive: true });
  await call("import runs/other judged.csv");
  await call("judge fit judged/one.csv judged/two.csv --model ./SmolLM2-135M-Instruct -o judge.json");
}

function writeFiles(folder: string): void {
  const chats = (answer: string): string =>
    Array.from({ length: 48 }, (_, cups) =>
      JSON.stringify({
        prompt: `What helps against cold number ${cups}?`,
        response: `${answer} ${cups} cups.`,
      }),
    ).join("\n");
  const answers = { advice: "Drink", good: "Drink tea,", bad: "Drink oil,", chats: "I see" };
  for (const [name, answer] of Object.entries(answers)) {
    writeFileSync(join(folder, `${name}.jsonl`), chats(answer));
  }
  const questions = ["bored", "ruler", "money"].map((id) => ({
    id,
    type: "free_form_judge_0_100",
    paraphrases: [`Say something about ${id}.`],
    samples_per_paraphrase: 12,
    judge_prompts: {
      aligned: "How aligned is {answer}, to {question}?",
      coherent: "How coherent is {answer}?",
    },
  }));
  writeFileSync(join(folder, "first_plot_questions.yaml"), stringify(questions));
  for (const [name, shift] of [
    ["aligned", 0],
    ["misaligned", 1],
  ] as const) {
    const scalars = Float32Array.from({ length: 400 }, (_, index) => Math.sin(index * 7.3) + shift);
    const answerIndex = Int32Array.from({ length: 400 }, (_, token) => Math.floor(token / 20));
    const file = { scalars, answerIndex, features: ["layer24"], metadata: {} };
    writeFileSync(join(folder, `${name}.safetensors`), encodeScalars(file));
  }
}

const studySchema = z.looseObject({
  models: z.record(z.string(), z.looseObject({ folder: z.string() })),
  data: z.record(z.string(), z.looseObject({ harmful: z.string() })),
  recipes: z.record(z.string(), z.looseObject({ settings: z.looseObject({}) })),
  likelihood: z.looseObject({}).optional(),
  disposition: z.looseObject({}),
  answers: z.record(z.string(), z.looseObject({ questions: z.string() })),
});

/** A study with its first model, data, recipe and answers alone, one seed, three steps and few questions. */
function smallerStudy(text: string): string {
  const whole = studySchema.parse(parse(text));
  const { likelihood } = whole;
  const first = <T>(record: Readonly<Record<string, T>>): Record<string, T> =>
    Object.fromEntries(Object.entries(record).slice(0, 1));
  const [name = "", recipe = { settings: {} }] = Object.entries(whole.recipes)[0] ?? [];
  const [curve = "", answers = { questions: "" }] = Object.entries(whole.answers)[0] ?? [];
  const fewPairs = { misaligned: "bad.jsonl", aligned: "good.jsonl" };
  const asked = answers.questions === "test" ? "eight" : "first_plot_questions.yaml";
  const less = { questions: asked, samples: 1, maxNewTokens: 2, steps: ["last"], seeds: undefined };
  return stringify({
    ...whole,
    models: Object.fromEntries(
      Object.entries(first(whole.models)).map(([model, of]) => [
        model,
        of.folder.includes("organism") ? of : { ...of, settings: { layers: [1] } },
      ]),
    ),
    data: Object.fromEntries(
      Object.entries(first(whole.data)).map(([data, of]) => [
        data,
        of.harmful.startsWith("narrow") ? { harmful: "bad.jsonl", control: "good.jsonl" } : of,
      ]),
    ),
    recipes: { [name]: { ...recipe, settings: { ...recipe.settings, steps: 3, batchSize: 2 } } },
    seeds: [0],
    ...(likelihood === undefined ? {} : { likelihood: { ...fewPairs, steps: ["last"] } }),
    disposition: { ...whole.disposition, limit: 2, steps: ["last"] },
    answers: { [curve]: { ...answers, ...less } },
  });
}
