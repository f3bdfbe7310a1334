import type { AdapterInput } from "./adapterRecord.js";
import { commonSteps, compSeries, compToFinal, type CompMeaning, type CompSeries } from "./comp.js";
import { doublyCentered } from "../linalg/gramMatrix.js";
import type { DirectionTrajectory } from "./trajectory.js";
import { updateInnerProduct, weightUpdates, type WeightUpdate } from "./update/weightUpdate.js";

/** The comparison of several adapters with their final state (2506.11613, appendix G.1). */
export interface CompRecord {
  /** The modules compared, all of one shape. */
  readonly modules: readonly string[];
  /** Modules of the run that have another shape and take no part. */
  readonly leftOut: readonly string[];
  /** Of those, the groups of one shape that are as large as the one compared, which is the first by place in the model. */
  readonly equallyLarge: readonly (readonly string[])[];
  /**
   * One row a module: its B. The paper's own de-meaning is `perStep`, which is 1 throughout for two modules: each is
   * then the negative of the other. Null at ranks above 1, where B is no vector.
   */
  readonly B: Readonly<Record<CompMeaning, CompSeries>> | null;
  /**
   * One row a module: its whole ΔW, which is safe under rotation and sign of the factors at any rank. Null where it
   * would take more than `mostWork` operations.
   */
  readonly deltaW: Readonly<Record<Exclude<CompMeaning, "perModule">, CompSeries>> | null;
}

/** Multiplications that the comparison of ΔW may take: some ten seconds. */
const mostWork = 1e10;

/**
 * `comp` of the largest group of modules of one shape, the first of them where several are equally large; null
 * with fewer than two modules or two steps that all of them store.
 */
export function compRecord(
  adapters: readonly AdapterInput[],
  trajectories: readonly DirectionTrajectory[],
): CompRecord | null {
  const groups = new Map<string, number[]>();
  for (const [index, adapter] of adapters.entries()) {
    const shape = [adapter.rank, adapter.loraA[0]?.length, adapter.loraB[0]?.length].join(" ");
    groups.set(shape, [...(groups.get(shape) ?? []), index]);
  }
  const largest = [...groups.values()].reduce<number[]>(
    (best, group) => (group.length > best.length ? group : best),
    [],
  );
  const chosen = largest.flatMap((index) => adapters[index] ?? []);
  const steps = commonSteps(chosen);
  if (chosen.length < 2 || steps.length < 2) return null;
  const compared = largest.flatMap((index) => trajectories[index] ?? []);
  return {
    modules: chosen.map(({ modulePath }) => modulePath),
    leftOut: adapters.filter((adapter) => !chosen.includes(adapter)).map(({ modulePath }) => modulePath),
    equallyLarge: [...groups.values()]
      .filter((group) => group !== largest && group.length === largest.length)
      .map((group) => group.flatMap((index) => adapters[index]?.modulePath ?? [])),
    B:
      chosen[0]?.rank === 1
        ? {
            perStep: compToFinal(compared, { meaning: "perStep" }),
            perModule: compToFinal(compared, { meaning: "perModule" }),
            none: compToFinal(compared, { meaning: "none" }),
          }
        : null,
    deltaW: updateComparison(chosen, steps),
  };
}

/** The series of a comparison whose bend is tested; null where there is none. */
export function testedComp(comp: CompRecord | null): CompSeries | null {
  return comp?.B?.perStep ?? comp?.deltaW?.perStep ?? null;
}

/** Modules named in a sentence, at most. */
const mostNamed = 4;

/** Names the modules that comp is of, and says why of these where it might have been of others. */
export function compModulesWords({ modules, leftOut, equallyLarge }: CompRecord): string {
  const own = namesOf(modules);
  if (leftOut.length === 0) return own;
  if (equallyLarge.length === 0)
    return `${own}, the largest group of one shape; ${leftOut.length} of another shape take no part`;
  const others = equallyLarge.map(namesOf).join("; nor of ");
  return `${own}, the first of ${equallyLarge.length + 1} equally large groups of one shape, and not of ${others}`;
}

function namesOf(modules: readonly string[]): string {
  const shown = modules.slice(0, mostNamed).join(", ");
  return modules.length > mostNamed ? `${shown}, … (${modules.length} modules)` : shown;
}

function updateComparison(adapters: readonly AdapterInput[], steps: readonly number[]): CompRecord["deltaW"] {
  const [first] = adapters;
  const size = (first?.loraA[0]?.length ?? 0) + (first?.loraB[0]?.length ?? 0);
  const work = (steps.length * adapters.length ** 2 * size * (first?.rank ?? 1)) / 2;
  if (work > mostWork) return null;
  const updates = adapters.map((adapter) => {
    const byStep = new Map(weightUpdates(adapter).map((update, index) => [adapter.steps[index], update]));
    return steps.flatMap((step) => byStep.get(step) ?? []);
  });
  const grams = steps.map((_, position) => gramOf(updates.flatMap((module) => module[position] ?? [])));
  return {
    perStep: compSeries(steps, grams.map(doublyCentered)),
    none: compSeries(steps, grams),
  };
}

function gramOf(updates: readonly WeightUpdate[]): Float64Array[] {
  const gram = updates.map(() => new Float64Array(updates.length));
  for (const [row, left] of updates.entries()) {
    for (const [column, right] of updates.slice(0, row + 1).entries()) {
      const product = updateInnerProduct(left, right);
      for (const [one, other] of [
        [row, column],
        [column, row],
      ] as const) {
        const values = gram[one];
        if (values !== undefined) values[other] = product;
      }
    }
  }
  return gram;
}
