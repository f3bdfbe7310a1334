/**
 * Runs a benchmark by name and prints its result as JSON.
 *
 *     npm run bench -- engine --json
 *     npm run bench -- analysis --json
 *     npm run bench -- transitions --json
 */
import { analysisBench } from "./analysis.js";
import { engineBench } from "./engine.js";
import { memoryBench } from "./memory.js";
import { transitionsBench } from "./transitions.js";

const benches: Readonly<Record<string, () => Promise<unknown>>> = {
  analysis: analysisBench,
  engine: engineBench,
  memory: memoryBench,
  transitions: transitionsBench,
};

const [name = "", ...flags] = process.argv.slice(2);
const bench = benches[name];
if (bench === undefined) {
  console.error(`error: expected one of ${Object.keys(benches).join(", ")}, found "${name}"`);
  process.exitCode = 2;
} else {
  console.log(JSON.stringify(await bench(), null, flags.includes("--json") ? undefined : 2));
}
