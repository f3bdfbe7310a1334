import { createHash } from "node:crypto";
import type { RunPreview } from "../../pipeline/report/runPreview.js";
import type { RunReport } from "../../pipeline/report/runReport.js";

/** Report of a run as far as it can be shown now. */
export interface CurrentReport extends Pick<
  RunReport,
  | "runId"
  | "directory"
  | "status"
  | "recipe"
  | "headline"
  | "evidence"
  | "sentences"
  | "findings"
  | "warnings"
  | "evaluations"
  | "analysis"
  | "figures"
> {
  /** True where all is of the files as they are; else loss and gradient norm are, and the rest is older or missing. */
  readonly isComplete: boolean;
  /** How far the analysis of the files as they are is; null where it is done. */
  readonly progress: AnalysisProgress | null;
  /** Version of each figure by its id; it changes with the figure. */
  readonly versions: ReadonlyMap<string, string>;
}

/** How far the analysis of a run is. */
export interface AnalysisProgress {
  /** Last step of the analysis that is shown meanwhile; null where there is none. */
  readonly toStep: number | null;
  /** Seconds since the analysis under way began; null where none is. */
  readonly seconds: number | null;
  /** Seconds that the last analysis of the run took; null where there was none. */
  readonly lastSeconds: number | null;
}

/** Something made of a run as its files were at a fingerprint. */
export interface Done<T> {
  readonly fingerprint: string;
  readonly value: T;
  /** Duration of the analysis in milliseconds. */
  readonly took: number;
  readonly endedAt: number;
}

/** The whole report of a run, as a page is shown it. */
export function completeReport({ fingerprint, value }: Done<RunReport>): CurrentReport {
  const version = versionOf(fingerprint);
  return {
    ...value,
    isComplete: true,
    progress: null,
    versions: new Map(value.figures.map(({ id }) => [id, version])),
  };
}

/** What can be shown of a run before its report is there; the rest is of an earlier one. */
export function partialReport(
  directory: string,
  { preview, key }: { readonly preview: RunPreview; readonly key: string },
  earlier: Done<RunReport> | null,
): Omit<CurrentReport, "progress"> {
  const figureOf = new Map(preview.figures.map((figure) => [figure.id, figure]));
  const [newer, older] = [versionOf(key), versionOf(earlier?.fingerprint ?? "")];
  const { loss, gradNorm } = preview;
  const figures = earlier?.value.figures.map((each) => figureOf.get(each.id) ?? each) ?? preview.figures;
  return {
    directory,
    runId: preview.runId,
    status: preview.status,
    recipe: earlier?.value.recipe ?? "",
    headline: earlier?.value.headline ?? "",
    evidence: earlier?.value.evidence ?? "",
    sentences: earlier?.value.sentences ?? [],
    findings: earlier?.value.findings ?? 0,
    warnings: earlier?.value.warnings ?? [],
    evaluations: earlier?.value.evaluations ?? [],
    analysis: { ...(earlier?.value.analysis ?? preview.analysis), loss, gradNorm },
    figures,
    isComplete: false,
    versions: new Map(figures.map(({ id }) => [id, figureOf.has(id) ? newer : older])),
  };
}

/** How far the analysis of a run is. */
export function progressOf(
  { running }: { readonly running: { readonly began: number } | null },
  earlier: Done<RunReport> | null,
): AnalysisProgress {
  const { adapters = [], whole = null } = earlier?.value.analysis ?? {};
  const steps = [...adapters.map(({ B }) => B.norm.steps), whole?.steps ?? []].flatMap(
    (each) => each.at(-1) ?? [],
  );
  return {
    toStep: steps.length === 0 ? null : Math.max(...steps),
    seconds: running === null ? null : (performance.now() - running.began) / 1000,
    lastSeconds: earlier === null ? null : earlier.took / 1000,
  };
}

function versionOf(fingerprint: string): string {
  return createHash("sha256").update(fingerprint).digest("base64url").slice(0, 12);
}
