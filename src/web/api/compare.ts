import type { ServedComparison } from "../../server/schemas/compare.js";
import type { ServedFigure, ServedTable } from "../../server/schemas/figures.js";
import type { Theme } from "../parts/theme.js";
import type { StepRange } from "../state/steps.js";
import { get, hasFields } from "./request.js";

/** Request for a comparison: the runs, and how they are put beside each other. */
export interface CompareRequest {
  readonly runs: readonly string[];
  /** Those of them whose logs alone are taken. */
  readonly byLog: readonly string[];
  readonly align: "step" | "relativeStep" | "transition";
  readonly by: string;
  readonly fold: boolean;
  readonly band: string;
  readonly k: number | null;
}

/** Request for directions of the runs, and where they are taken. */
export interface DirectionsRequest {
  readonly of: string;
  /** A position on the axis; null is the last step of each run. */
  readonly at: number | null;
}

/**
 * Fetches a comparison of several runs, those by their logs alone that are not read soon.
 * @param have number of read runs that are there already, -1 where there is nothing yet; more come in the answer, or
 * nothing new after a while
 */
export function fetchComparison(request: CompareRequest, have: number): Promise<ServedComparison> {
  const query = queryOf(request);
  query.set("have", String(have));
  return get(
    `compare?${query.toString()}`,
    hasFields<ServedComparison>("pending", "runs", "curves", "axis", "figures", "numbers"),
  );
}

/** Fetches one quantity of several runs, as plotly draws it. */
export function fetchCompareFigure(
  request: CompareRequest,
  figure: string,
  view: { readonly theme: Theme; readonly range?: StepRange | null },
): Promise<ServedFigure> {
  const query = queryOf(request);
  query.set("theme", view.theme);
  const [from, to] = view.range ?? [];
  if (from !== undefined && to !== undefined) {
    query.set("from", String(from));
    query.set("to", String(to));
  }
  return get(`compare/figures/${encodeURIComponent(figure)}?${query.toString()}`, isFigure);
}

/** Fetches the complete data behind one quantity of several runs. */
export function fetchCompareTable(request: CompareRequest, figure: string): Promise<ServedTable> {
  return get(`compare/figures/${encodeURIComponent(figure)}/table?${queryOf(request).toString()}`, isTable);
}

/** Fetches the cosines between the directions of runs, as plotly draws them. */
export function fetchDirections(
  request: CompareRequest,
  directions: DirectionsRequest,
  theme: Theme,
): Promise<ServedFigure> {
  const query = directionsQuery(request, directions);
  query.set("theme", theme);
  return get(`compare/directions?${query.toString()}`, isFigure);
}

/** Fetches the cosines between the directions of runs, unrounded. */
export function fetchDirectionsTable(
  request: CompareRequest,
  directions: DirectionsRequest,
): Promise<ServedTable> {
  return get(`compare/directions/table?${directionsQuery(request, directions).toString()}`, isTable);
}

const isFigure = hasFields<ServedFigure>("id", "data", "layout", "meta");
const isTable = hasFields<ServedTable>("columns", "rows");

function queryOf({ runs, byLog, align, by, fold, band, k }: CompareRequest): URLSearchParams {
  const query = new URLSearchParams([
    ...runs.map((run) => ["run", run]),
    ...byLog.map((run) => ["byLog", run]),
  ]);
  query.set("align", align);
  query.set("by", by);
  query.set("fold", String(fold));
  query.set("band", band);
  if (k !== null) query.set("k", String(k));
  return query;
}

function directionsQuery(
  { runs, align, by }: CompareRequest,
  { of, at }: DirectionsRequest,
): URLSearchParams {
  const query = new URLSearchParams(runs.map((run) => ["run", run]));
  query.set("align", align);
  query.set("by", by);
  query.set("of", of);
  if (at !== null) query.set("at", String(at));
  return query;
}
