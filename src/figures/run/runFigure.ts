import type { Analysis } from "../../analysis/analysisRecord.js";
import type { BranchRecord } from "../../analysis/branches/branchRecord.js";
import type { ControlTest } from "../../analysis/controls/controlTest.js";
import type { Quadrants } from "../../analysis/behavior/quadrants.js";
import type { PartPath } from "../../analysis/geometry/whole/partPath.js";
import type { ProbeRecord } from "../../analysis/directions/probeRecord.js";
import type { LandscapeAtStep } from "../../analysis/landscape/landscapeAlong.js";
import type { CoefficientRecord } from "../../analysis/learningCoefficient/coefficientRecord.js";
import type { Figure, FigureOptions } from "../figure.js";
import type { Attributed } from "./attribution/attributionInput.js";

/** Probes of a run along training, one record a layer. */
export interface ProbedLayers {
  /** The layer that is drawn by itself. */
  readonly layer: number;
  readonly layers: readonly {
    readonly probe: ProbeRecord;
    /** Angle in degrees of B to the mean-difference direction, at each of the probe's steps. */
    readonly direction: { readonly angleToB: readonly number[] };
  }[];
}

/** Answers in the plane of their two scores, and words that say which answers they are. */
export interface PlacedAnswers {
  readonly quadrants: Quadrants;
  readonly label: string;
}

/** Record of a run that its figures are drawn from. */
export interface RunFigureInput {
  readonly analysis: Analysis;
  /** Probes of the run; null where nothing was probed. */
  readonly probes: ProbedLayers | null;
  /** Scores of the rows of the training data. @default none were scored */
  readonly attributed?: Attributed | null;
  /** Answers of the last judged step; null where nothing was judged. */
  readonly answers: PlacedAnswers | null;
  /** Adapter of many whose curves are drawn. @default the measured one that carries most of the whole update */
  readonly part?: PartPath | undefined;
  /** The run held against its controls; null where none was given. */
  readonly control: ControlTest | null;
  /** What became of branches of the run. @default none were made */
  readonly branches?: BranchRecord | null;
  /** Local learning coefficients along training. @default none were measured */
  readonly learningCoefficient?: CoefficientRecord | null;
  /** Efficiency and stability along training, beside other runs. @default they were not measured */
  readonly landscapeAlong?: readonly LandscapeAtStep[] | null;
}

/** Place of a figure on the page of a run. */
export interface FigurePlace {
  /** True where its x axis is the optimiser step, which it then shares with the other figures. */
  readonly onStepAxis: boolean;
  /** True where it needs more height: two plots over one axis, or curves that are read closely. */
  readonly isTall: boolean;
  /** True where it can be looked at from any side, in three dimensions. */
  readonly isSpatial: boolean;
  /** True where it is of one adapter of many, which a page can choose. */
  readonly isOfAdapter: boolean;
}

/** Material of a figure: what a run must hold before there is anything to draw. */
export interface FigureNeeds {
  readonly from:
    | "answers"
    | "branches"
    | "transitions"
    | "distributionChange"
    | "disposition"
    | "landscape"
    | "learningCoefficient"
    | "likelihood"
    | "attribution"
    | "log"
    | "checkpoints"
    | "probes";
  /** Words for what a page waits for. Null for figures that only some runs have: no place is kept for them. */
  readonly awaited: string | null;
}

/** A row of the registry: one figure of a run. */
export interface RunFigure {
  /** Addresses the figure in pages, in the API and in links. */
  readonly id: string;
  /** Heading while the figure is awaited; a drawn one may go on with what was measured. */
  readonly title: string;
  /** Heading of the same figure of a run with many adapters. @default the other one */
  readonly titleOfMany?: string;
  /** Runs that have it: with few adapters, or with many. @default both */
  readonly of?: "few" | "many";
  readonly place: FigurePlace;
  readonly needs: FigureNeeds;
  /** Draws the figure; null where the run holds nothing to draw. */
  readonly draw: (input: RunFigureInput, options?: FigureOptions) => Figure | null;
}
