/**
 * Runs a benchmark by name and prints its result as JSON.
 *
 *     npm run bench -- engine --json
 *     npm run bench -- engine --cases qwen0.5b-rank1-512,sampling --json
 *     npm run bench -- evaluate --json
 *     npm run bench -- answers --model FOLDER --questions FILE --json
 *     npm run bench -- training --model FOLDER --json
 *     npm run bench -- hooks --json
 *     npm run bench -- soak --json
 *     npm run bench -- study --json
 *     npm run bench -- analysis --json
 *     npm run bench -- analysis --cases growth --svg docs/benchmarks/growth.svg --json
 *     npm run bench -- analysis --cases directions --json
 *     npm run bench -- playground --json
 *     npm run bench -- pages --minutes 10 --json
 *     npm run bench -- startup --json
 *     npm run bench -- transitions --json
 *     npm run bench -- transitions --cases rotation,pcaCorner --nulls 100 --trials 20
 *     npm run bench -- turning-parts --nulls 20
 *     npm run bench -- controls --trials 500
 *     npm run bench -- disposition --out FOLDER
 */
import { analysisBench } from "./analysis/analysis.js";
import { controlsBench, controlsText } from "./calibration/controls.js";
import { dispositionBench, dispositionTable } from "./calibration/disposition.js";
import { engineBench } from "./engine/engine.js";
import { answersBench } from "./evaluate/answers.js";
import { hooksBench } from "./engine/hooks.js";
import { evaluateBench } from "./evaluate/evaluate.js";
import { memoryBench } from "./memory/memory.js";
import { pagesBench } from "./pages/pages.js";
import { playgroundBench } from "./pages/playground.js";
import { soakBench } from "./memory/soak.js";
import { startupBench } from "./startup/startup.js";
import { studyBench } from "./training/study.js";
import { trainingBench } from "./training/training.js";
import { turningPartsBench } from "./calibration/turningParts.js";
import { transitionsBench, transitionsText } from "./calibration/transitions.js";

/** Names the parts of a benchmark to run: those after `--cases`, divided by commas. */
type Chosen = readonly string[] | undefined;

const benches: Readonly<Record<string, (chosen: Chosen) => Promise<unknown>>> = {
  analysis: (chosen) => analysisBench(chosen, textAfter("--svg")),
  answers: () => answersBench({ model: textAfter("--model"), questions: textAfter("--questions") }),
  controls: (chosen) => {
    const result = controlsBench({ noises: chosen, trials: numberAfter("--trials") });
    return Promise.resolve(flags.includes("--json") ? result : controlsText(result));
  },
  disposition: async () => {
    const folder = textAfter("--out") ?? "runs/disposition";
    const cases = await dispositionBench({ folder, seeds: numberAfter("--trials") });
    return flags.includes("--json") ? cases : dispositionTable(cases);
  },
  engine: engineBench,
  evaluate: () => evaluateBench(),
  hooks: () => hooksBench(),
  memory: memoryBench,
  pages: (chosen) => pagesBench(chosen, numberAfter("--minutes") ?? 0.5),
  playground: () => playgroundBench(),
  soak: soakBench,
  startup: () => Promise.resolve(startupBench()),
  study: () => studyBench({ rounds: numberAfter("--trials") }),
  training: (chosen) =>
    trainingBench({ chosen, model: textAfter("--model") ?? "", steps: numberAfter("--steps") }),
  transitions: (chosen) =>
    transitionsBench({
      indicators: chosen,
      nulls: numberAfter("--nulls"),
      trials: numberAfter("--trials"),
    }).then((result) => (flags.includes("--json") ? result : transitionsText(result))),
  "turning-parts": (chosen) => Promise.resolve(turningPartsBench({ chosen, runs: numberAfter("--nulls") })),
};

const [name = "", ...flags] = process.argv.slice(2);

/** Reads the text after a flag. */
function textAfter(flag: string): string | undefined {
  return flags.includes(flag) ? flags[flags.indexOf(flag) + 1] : undefined;
}

/** Reads the number after a flag. */
function numberAfter(flag: string): number | undefined {
  const text = textAfter(flag);
  return text === undefined ? undefined : Number(text);
}

const bench = benches[name];
const cases = textAfter("--cases")?.split(",");
if (bench === undefined) {
  console.error(`error: expected one of ${Object.keys(benches).join(", ")}, found "${name}"`);
  process.exitCode = 2;
} else {
  const result = await bench(cases);
  if (typeof result === "string") console.log(result);
  else console.log(JSON.stringify(result, null, flags.includes("--json") ? undefined : 2));
}
