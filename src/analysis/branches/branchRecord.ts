/** Name of the branches that go on without a change. */
export const unchanged = "unchanged";

/** Share of a rate of the unchanged branches under which an intervention counts as having stopped it. */
export const stoppingShare = 0.5;

/** What was done to a run from some steps on. */
export interface BranchIntervention {
  /** As it is asked for, such as `careful:50%`; `unchanged` for none. */
  readonly name: string;
  /** In words. */
  readonly words: string;
}

/** Run whose kept steps were gone on from. */
export interface BranchedRun {
  readonly name: string;
  /** Step at which its direction turns, with its interval; null where it does not, or that cannot be told. */
  readonly transition: { readonly step: number; readonly interval: readonly [number, number] } | null;
  /** Training again without a change from a step, held against the run: the control of the control. */
  readonly repeat: {
    readonly from: number;
    /** True where the last adapter is the run's own, byte for byte. */
    readonly isEqual: boolean;
  } | null;
}

/** Answers at the end of one branch. */
export interface Branch {
  readonly run: string;
  readonly intervention: string;
  /** Step of the run from which it went on. */
  readonly from: number;
  /** Number of the order of the data after that step; 0 is the run's own. */
  readonly order: number;
  /** Percentage of misaligned answers to each question, in the order of the questions; NaN where none was scored. */
  readonly em: readonly number[];
  /** Percentage of coherent answers to each question. */
  readonly coherent: readonly number[];
}

/** What became of runs that went on from some of their steps with a change, and without. */
export interface BranchRecord {
  /** Questions that all branches were asked. */
  readonly questions: readonly { readonly id: string; readonly breadth: "narrow" | "broad" }[];
  /** Answers to each question of each branch. */
  readonly samples: number;
  /** Last step of the runs. */
  readonly last: number;
  /** Unchanged among them. */
  readonly interventions: readonly BranchIntervention[];
  readonly runs: readonly BranchedRun[];
  readonly branches: readonly Branch[];
}
