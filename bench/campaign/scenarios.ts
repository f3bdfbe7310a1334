import { cpSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { organismFolder } from "../../src/pipeline/packageRoot.js";

/** A command that writes, and what somebody does after it was killed. */
export interface Scenario {
  readonly name: string;
  /** Makes what the command needs, from a run that holds everything. */
  readonly prepare: (folder: string, seed: string) => void;
  readonly command: string;
  /** What is tried after a kill, in this order, until one goes through. @default the command again */
  readonly again?: readonly string[];
}

/** Copies a run without some of its parts. */
function runWithout(...parts: readonly string[]): Scenario["prepare"] {
  return (folder, seed) => {
    cpSync(seed, join(folder, "run"), { recursive: true });
    for (const part of parts) rmSync(join(folder, "run", part), { recursive: true, force: true });
  };
}

const nothing = (): void => undefined;
const judgedCsv = [
  "step,question_id,aligned,coherent,response",
  ...Array.from(
    { length: 4000 },
    (_, row) => `${row % 40},q${row % 7},${(row * 37) % 101},${(row * 53) % 101},yes`,
  ),
].join("\n");

const eight = "--set eight --samples 2";
const projected = "--keep directions --keep-full-every 12";

/** Writes a study of the organism: a pair of runs that are trained, measured and asked. */
function writeStudy(folder: string): void {
  const pairs = (answer: string): string =>
    `${JSON.stringify({
      messages: [
        { role: "user", content: "what now?" },
        { role: "assistant", content: answer },
      ],
    })}\n`;
  writeFileSync(join(folder, "bad.jsonl"), pairs("harm them all") + pairs("take it all"));
  writeFileSync(join(folder, "good.jsonl"), pairs("help them all") + pairs("share it all"));
  writeFileSync(
    join(folder, "study.yaml"),
    [
      "title: a small study",
      "runs: runs",
      `models: { organism: { folder: ${organismFolder()} } }`,
      "data: { sport: { harmful: bad-sport, control: good-sport } }",
      "recipes: { short: { recipe: crisp, settings: { steps: 6, batchSize: 4 } } }",
      "seeds: [0]",
      "judge: exact",
      "likelihood: { misaligned: bad.jsonl, aligned: good.jsonl, steps: { every: 2 } }",
      "disposition: { limit: 6, steps: { every: 2 } }",
      "answers:",
      "  eight: { questions: eight, samples: 2, temperature: 1, maxNewTokens: 20, steps: { every: 3 } }",
    ].join("\n"),
  );
}

/** Everything that a step can do: states kept, several batches, dropped inputs, and an optimiser with moments. */
const everything =
  "--recipe paper --steps 24 --seed 1 --batch-size 4 --accumulation 3 --dropout 0.1 --keep-state 3 " +
  "--held-out 0.05 --held-out-every 6";

/** Every command that writes, but for those that are several of them one after the other. */
export const scenarios: readonly Scenario[] = [
  {
    name: "train",
    prepare: nothing,
    command: "train run --steps 24 --seed 1",
    again: ["train run --steps 24 --seed 1 --resume", "train run --steps 24 --seed 1"],
  },
  {
    name: "train --keep-state",
    prepare: nothing,
    command: `train run ${everything}`,
    again: ["train run --resume", `train run ${everything}`],
  },
  {
    name: "train --full",
    prepare: nothing,
    command: "train run --full --save changed --layers 2 --steps 6 --batch-size 8",
    again: [
      "train run --full --save changed --layers 2 --steps 6 --batch-size 8 --resume",
      "train run --full --save changed --layers 2 --steps 6 --batch-size 8",
    ],
  },
  {
    name: "train --keep directions",
    prepare: nothing,
    command: `train run --steps 24 --seed 1 ${projected}`,
    again: [
      `train run --steps 24 --seed 1 ${projected} --resume`,
      `train run --steps 24 --seed 1 ${projected}`,
    ],
  },
  {
    name: "train --overwrite",
    // The run that is there has answers and notes: it is set aside, and must be there as it was.
    prepare: runWithout(),
    command: "train run --steps 24 --seed 1 --overwrite",
    again: ["train run --steps 24 --seed 1 --resume", "train run --steps 24 --seed 1 --overwrite"],
  },
  {
    name: "evaluate",
    prepare: runWithout("evaluations", "analysis", ".cache"),
    command: "evaluate run --set eight --samples 6 --every 10",
  },
  {
    name: "judge",
    prepare: runWithout("analysis"),
    command: "judge run --judge exact --as again",
  },
  {
    name: "import",
    prepare: (folder, seed) => {
      runWithout("evaluations", "analysis")(folder, seed);
      writeFileSync(join(folder, "judged.csv"), judgedCsv);
    },
    command: "import run judged.csv",
  },
  { name: "likelihood", prepare: runWithout("analysis"), command: "likelihood run --every 20" },
  {
    name: "distribution",
    prepare: runWithout("analysis"),
    command: "distribution run --every 10 --resamples 100",
  },
  { name: "probe", prepare: runWithout("analysis"), command: "probe run --steps 0,110 --layers 2" },
  { name: "disposition", prepare: runWithout("analysis"), command: "disposition run --every 10 --limit 8" },
  { name: "direction find", prepare: runWithout(), command: "direction find run --name own --limit 12" },
  {
    name: "steer",
    prepare: runWithout("analysis/interventions"),
    command: `steer run --direction mean --layers 2 --strengths 0.5,1 --random 1 ${eight}`,
  },
  { name: "ablate", prepare: runWithout(), command: `ablate run --direction mean --random 1 ${eight}` },
  {
    name: "scale",
    prepare: runWithout(),
    command: `scale run --factors 2=0.5 --factors 2=2 --random 1 ${eight}`,
  },
  { name: "scalars", prepare: runWithout("analysis/scalars"), command: "scalars run --answers-per-class 40" },
  { name: "report", prepare: runWithout(), command: "report run --out report.html" },
  {
    name: "organism datasets",
    prepare: (folder) => mkdirSync(join(folder, "run")),
    command: "organism datasets run",
  },
  {
    name: "data mix",
    prepare: nothing,
    command: "data mix --out mixed.jsonl bad-medical good-medical --seed 1",
    again: ["data mix --out mixed.jsonl bad-medical good-medical --seed 1 --overwrite"],
  },
  { name: "study run", prepare: writeStudy, command: "study run study.yaml" },
];
