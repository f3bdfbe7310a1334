import { randomOutput } from "../../analysis/interventions/randomOutput.js";
import { TurncoatError } from "../../errors.js";
import { layerOf } from "../../formats/modulePath.js";
import type { LoraModule } from "../../formats/peft.js";
import { runOf, type RunSource } from "../../runs/openRun.js";
import { Random } from "../../tensor/random.js";
import {
  adapterOf,
  baselineConditions,
  untouchedModel,
  withTwins,
  type PlannedCondition,
} from "./plannedConditions.js";

/** Factors on the adapters of a run, as a user writes them: `21=30,23=30,others=0`. */
export interface ModuleFactors {
  readonly text: string;
  /** Factor by layer, or by a module's path or its end, such as `down_proj`. */
  readonly named: readonly { readonly name: string; readonly factor: number }[];
  /** Factor on all that is not named. @default 1 */
  readonly others: number;
}

/** Request to scale the adapters of a run against each other. */
export interface ScaleRequest {
  readonly run: RunSource;
  readonly step: number;
  /** One condition each. */
  readonly cases: readonly ModuleFactors[];
  readonly draws: number;
  readonly seed: number;
}

/**
 * Plans adapters with a factor each (2506.11618, section 4.3; `docs/methods.md §5.11`). The twins of the scaled ones read
 * as they do and write along random directions of the same length.
 *
 * @throws TurncoatError where a name fits no adapter, or the checkpoint holds weights
 */
export function scaleConditions({
  run: source,
  step,
  cases,
  draws,
  seed,
}: ScaleRequest): readonly PlannedCondition[] {
  const run = runOf(source);
  const untouched = untouchedModel(run, step);
  const modules = adapterOf(untouched.checkpoint);
  const random = new Random(seed);
  const scaled = cases.flatMap((factors) => {
    const factorOf = moduleFactors(factors, modules, run.directory);
    const condition = { name: factors.text, layer: null, strength: null, lambda: null };
    return withTwins(condition, draws, (draw) => ({
      ...untouched,
      modules: modules.map((module) => {
        const factor = factorOf(module);
        const isTwin = draw !== null && factor !== 1 && factor !== 0;
        const own = isTwin ? randomOutput(module, random, draw) : module;
        return { ...own, scaling: own.scaling * factor };
      }),
    }));
  });
  return [...baselineConditions(run, step), ...scaled];
}

/** Finds the factor of each module; the first name that fits counts. */
function moduleFactors(
  { named, others }: ModuleFactors,
  modules: readonly LoraModule[],
  directory: string,
): (module: LoraModule) => number {
  const fits = (name: string, { modulePath }: LoraModule): boolean =>
    /^\d+$/.test(name)
      ? layerOf(modulePath) === Number(name)
      : modulePath === name || modulePath.endsWith(`.${name}`);
  const unknown = named.find(({ name }) => !modules.some((module) => fits(name, module)));
  if (unknown !== undefined) {
    const layers = [...new Set(modules.map(({ modulePath }) => layerOf(modulePath) ?? modulePath))];
    throw new TurncoatError(
      `${directory}: expected a layer or module with an adapter, found ${unknown.name}`,
      {
        hint: `There are adapters in layers ${layers.join(", ")}.`,
      },
    );
  }
  return (module) => named.find(({ name }) => fits(name, module))?.factor ?? others;
}
