import { type Checkpoint, keptStepsWords, type Run, runOf, type RunSource } from "../../runs/openRun.js";
import { basename } from "node:path";
import { TurncoatError } from "../../errors.js";
import type { AskedSample, ReplicaWork, SamplePlan } from "../../evaluate/sampling/answerSource.js";
import { readAdapter, type LoraModule } from "../../formats/peft.js";
import { checkpointKind } from "../../formats/checkpointKind.js";
import type { Condition } from "../../runs/condition.js";

/** Condition that is to be asked: the model under it, and its questions where they are not those of the request. */
export interface PlannedCondition extends Omit<ReplicaWork, "asked" | "condition"> {
  readonly condition: Condition;
  /** Answers to ask for, where not all of the plan's. */
  readonly asked?: readonly AskedSample[];
  /** Questions of another run than the one that keeps the answers. @default those of the request */
  readonly plan?: SamplePlan;
}

/** Model that interventions are made on: a checkpoint of a run at a factor, 0 for the base. */
export interface UntouchedModel {
  readonly checkpoint: Checkpoint;
  readonly scale: number;
}

/** Place of an untouched model as a user names it: the base, or a step of the run. */
export type UntouchedChoice = "base" | number;

/**
 * Finds the model that interventions are made on.
 * @throws TurncoatError where the run has no checkpoint at that step
 */
export function untouchedModel(source: RunSource, choice: UntouchedChoice): UntouchedModel {
  const run = runOf(source);
  const checkpoint =
    choice === "base" ? run.checkpoints.at(-1) : run.checkpoints.find(({ step }) => step === choice);
  if (checkpoint !== undefined) return { checkpoint, scale: choice === "base" ? 0 : 1 };
  throw new TurncoatError(`${run.directory}: expected a checkpoint${atStep(choice)}, found none`, {
    hint: `In the run ${keptStepsWords(run)}.`,
  });
}

function atStep(choice: UntouchedChoice): string {
  return choice === "base" ? "" : ` of step ${choice}`;
}

/** Last step of a run, on which what was trained is all there. */
export function lastStep(run: RunSource): number {
  const { directory, checkpoints } = runOf(run);
  const last = checkpoints.at(-1);
  if (last !== undefined) return last.step;
  throw new TurncoatError(`${directory}: expected a checkpoint, found none`);
}

/**
 * Conditions that interventions are always held against: the untouched model; the base, or where that is untouched, the
 * run's last step.
 *
 * @param other name of the run, where it is not the one that keeps the answers
 */
export function baselineConditions(
  source: RunSource,
  choice: UntouchedChoice,
  other?: string,
): readonly PlannedCondition[] {
  const run = runOf(source);
  const suffix = other === undefined ? "" : ` in ${other}`;
  const condition = (kind: Condition["kind"], words: string): Condition => ({
    name: `${words}${suffix}`,
    kind,
    ...(other === undefined ? {} : { run: other }),
    layer: null,
    strength: null,
    lambda: null,
  });
  const last = lastStep(run);
  return choice === "base"
    ? [
        { ...untouchedModel(run, "base"), condition: condition("untouched", "base, untouched") },
        { ...untouchedModel(run, last), condition: condition("trained", `step ${last}`) },
      ]
    : [
        { ...untouchedModel(run, choice), condition: condition("untouched", `step ${choice}, untouched`) },
        { ...untouchedModel(run, "base"), condition: condition("base", "base") },
      ];
}

/** Name of a run among conditions: that of its folder. */
export function runLabel({ directory }: Run): string {
  return basename(directory);
}

/**
 * Reads the adapter of a checkpoint whose matrices are to be changed.
 * @throws TurncoatError where the checkpoint holds weights
 */
export function adapterOf({ path }: Checkpoint): readonly LoraModule[] {
  if (checkpointKind(path) !== "weights") return readAdapter(path).modules;
  throw new TurncoatError(`${path}: expected an adapter, found weights`, {
    hint: "This intervention changes the matrices of adapters.",
  });
}

/** A condition of an intervention with its random twins, which have the same place and strength. */
export function withTwins(
  condition: Omit<Condition, "kind">,
  draws: number,
  plan: (draw: number | null) => Omit<PlannedCondition, "condition">,
): readonly PlannedCondition[] {
  return [
    { ...plan(null), condition: { ...condition, kind: "intervention" } },
    ...Array.from({ length: draws }, (_, draw): PlannedCondition => ({
      ...plan(draw),
      condition: {
        ...condition,
        kind: "random",
        name: `random ${draw + 1} of ${condition.name}`,
        twinOf: condition.name,
      },
    })),
  ];
}
