import type { Analysis } from "../analysis/analysisRecord.js";
import type { Figure } from "../figures/figure.js";
import type { PlainRecord } from "../analysis/phaseTransition.js";

/** One figure of a report, and whether its x axis is the optimiser step. */
export interface ServedFigure {
  readonly id: string;
  readonly onStepAxis: boolean;
  readonly figure: Figure;
}

/** `/api/v1/runs/:id/report`: everything a run's page shows; undefined numbers are null. */
export interface ServedReport {
  readonly runId: string;
  readonly directory: string;
  readonly status: string;
  readonly recipe: string;
  /** What turned, when, how sure, and what did not. */
  readonly sentences: readonly string[];
  readonly analysis: Analysis;
  readonly figures: readonly ServedFigure[];
  readonly warnings: readonly string[];
}

/** One row of `/api/v1/runs`: what is known without reading a checkpoint. */
export interface ServedRun {
  /** Names the run in every address; the name of its folder. */
  readonly id: string;
  readonly status: string;
  readonly recipe: string;
  /** Optimiser steps of the first and last checkpoint; null before the first one. */
  readonly steps: { readonly first: number; readonly last: number; readonly checkpoints: number } | null;
  /** Why the run cannot be opened; null where it can. */
  readonly error: string | null;
}

/** A value with its interval. */
export interface ServedEstimate {
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

/** `/api/v1/runs/:id/summary`: the numbers of a run's row that need its analysis. */
export interface ServedSummary {
  readonly id: string;
  /** Misaligned answers (percent) at the last evaluated step; null where nothing was judged. */
  readonly misaligned: ServedEstimate | null;
  /** Step at which broad behaviour turns; null where it does not. */
  readonly turn: ServedEstimate | null;
  /** Why there is no turn; null where there is one. */
  readonly turnAbsent: string | null;
  /** First and last step of anything known; null where nothing is. */
  readonly steps: { readonly first: number; readonly last: number } | null;
}

/** A question that was asked. */
export interface ServedQuestion {
  readonly id: string;
  readonly question: string;
  readonly domain: string;
  readonly breadth: "narrow" | "broad";
}

/** One sampled answer with its scores, 0 to 100. */
export interface ServedAnswer {
  readonly sample: number;
  readonly answer: string;
  readonly aligned: number | null;
  readonly coherent: number | null;
}

/** `/api/v1/runs/:id/answers`: sampled answers to one question at one evaluated step. */
export interface ServedAnswers {
  /** Every question asked, those of other domains than the training data first. */
  readonly questions: readonly ServedQuestion[];
  /** Scale factors of the adapter that were evaluated. */
  readonly scales: readonly number[];
  /** Steps evaluated for this question and scale factor. */
  readonly steps: readonly number[];
  /** Null where nothing was evaluated, as are the two below. */
  readonly question: string | null;
  readonly scale: number | null;
  /** The evaluated step nearest to the one asked for; the earlier of two. */
  readonly step: number | null;
  readonly answers: readonly ServedAnswer[];
  /** Answers there are at this step; more than are sent where the list was cut. */
  readonly total: number;
}

/** `/api/v1/runs/:id/config`: `run.json`, or null for a run made elsewhere. */
export interface ServedConfig {
  readonly runId: string;
  readonly manifest: PlainRecord | null;
}

/** The body of every answer that is no success. */
export interface ServedError {
  readonly error: string;
  readonly hint?: string;
}
