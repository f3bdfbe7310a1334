import { auroc } from "./auroc.js";
import type { FeatureMatrix } from "./logisticRegression.js";
import { decisionValues } from "./logisticRegression.js";
import { RidgeRegressions, type LinearPredictor } from "./ridgeRegression.js";

/** An answer that somebody scored, without its text. */
export interface ScoredRow {
  readonly aligned: number;
  readonly coherent: number;
  readonly question: string;
  /** Model that gave the answer, such as the file of its answers. */
  readonly organism: string;
}

/** Features that a probe may read. */
export interface ProbeCandidate<Source> {
  readonly source: Source;
  /** Makes the features [n, d] of all rows; called again for the candidate that is chosen. */
  readonly features: () => FeatureMatrix;
}

/**
 * What a probe's function is fitted to: `aligned` and `coherent`, the scores; `misaligned`, 100 where the alignment is
 * below the threshold and 0 elsewhere.
 */
export const probeTargets = ["aligned", "misaligned", "coherent"] as const;
export type ProbeTarget = (typeof probeTargets)[number];

/** One way to predict, and how well it did on answers to questions that were left out. */
export interface TriedProbe<Source> {
  readonly source: Source;
  readonly target: ProbeTarget;
  readonly penalty: number;
  /** What it was chosen by: see `ScoreProbe.chosen`. */
  readonly criterion: number;
}

/** Predictions of rows by functions that were fitted and chosen without them, raw; NaN where there was no choice. */
export interface LeftOutPredictions {
  readonly leavingQuestions: readonly number[];
  readonly leavingOrganisms: readonly number[];
}

/** A predictor of one score, chosen among many. */
export interface ScoreProbe<Source> {
  /**
   * The choice on all rows: the largest AUROC of "aligned below the threshold" of predictions of questions left out, or
   * for `coherent` the smallest squared error (as its negative).
   */
  readonly chosen: TriedProbe<Source>;
  /** Fitted to all rows; larger means more aligned, or more coherent. */
  readonly predictor: LinearPredictor;
  readonly leftOut: LeftOutPredictions;
  readonly tried: readonly TriedProbe<Source>[];
}

/** Settings of fitting a probe. */
export interface ScoreProbeOptions {
  /** Alignment below which an answer is misaligned. */
  readonly alignedBelow: number;
  /** Penalties to choose from. @default 10, 30, 100, 300, 1 000, 10 000 */
  readonly penalties?: readonly number[];
  readonly onCandidate?: (done: number) => void;
}

const defaultPenalties = [10, 30, 100, 300, 1_000, 10_000];

/** Part of the rows that is left out: one question or one organism; neither for the probe itself. */
interface Fold {
  readonly kind: "none" | "question" | "organism";
  readonly name: string;
}

/** What one candidate says about one fold, for each penalty and target. */
interface FoldResult {
  readonly criterion: number;
  /** Predictions of the rows left out. */
  readonly predictions: readonly number[];
}

/**
 * Fits probes of alignment and of coherence by ridge regression, features and penalty chosen by leaving out whole
 * questions. The scores of the probe come from a second layer of leaving out: each question, and each organism, is
 * predicted by a function that was fitted and chosen without it.
 *
 * Every function is turned so that larger means better: a fit to `misaligned` predicts its negative.
 */
export function fitScoreProbes<Source>(
  candidates: readonly ProbeCandidate<Source>[],
  rows: readonly ScoredRow[],
  { alignedBelow, penalties = defaultPenalties, onCandidate }: ScoreProbeOptions,
): { readonly aligned: ScoreProbe<Source>; readonly coherent: ScoreProbe<Source> } {
  const labels = rows.map(({ aligned }) => aligned < alignedBelow);
  const targets: Record<ProbeTarget, Float64Array> = {
    aligned: Float64Array.from(rows, ({ aligned }) => aligned),
    misaligned: Float64Array.from(labels, (isMisaligned) => (isMisaligned ? -100 : 0)),
    coherent: Float64Array.from(rows, ({ coherent }) => coherent),
  };
  const questions = [...new Set(rows.map(({ question }) => question))];
  const organisms = [...new Set(rows.map(({ organism }) => organism))];
  const folds: Fold[] = [
    { kind: "none", name: "" },
    ...questions.map((name) => ({ kind: "question", name }) as const),
    ...(organisms.length > 1 ? organisms.map((name) => ({ kind: "organism", name }) as const) : []),
  ];
  const results = candidates.map(({ source, features }, index) => {
    const matrix = features();
    const found = foldResults(matrix, rows, { folds, questions, labels, targets, penalties });
    onCandidate?.(index + 1);
    return { source, found };
  });
  const ways = results.flatMap(({ source, found }, candidate) =>
    penalties.flatMap((penalty, place) =>
      probeTargets.map((target) => ({
        source,
        target,
        penalty,
        candidate,
        byFold: found[place]?.[target] ?? [],
      })),
    ),
  );
  const probeOf = (wanted: readonly ProbeTarget[]): ScoreProbe<Source> => {
    const own = ways.filter(({ target }) => wanted.includes(target));
    const bestOf = (fold: number): (typeof own)[number] =>
      own.reduce((best, way) =>
        (way.byFold[fold]?.criterion ?? -Infinity) > (best.byFold[fold]?.criterion ?? -Infinity) ? way : best,
      );
    const leavingQuestions = rows.map(() => NaN);
    const leavingOrganisms = rows.map(() => NaN);
    for (const [index, fold] of folds.entries()) {
      if (fold.kind === "none") continue;
      const into = fold.kind === "question" ? leavingQuestions : leavingOrganisms;
      const predictions = bestOf(index).byFold[index]?.predictions ?? [];
      for (const [place, row] of leftOutRows(rows, fold).entries()) into[row] = predictions[place] ?? NaN;
    }
    const best = bestOf(0);
    const [fitted] = new RidgeRegressions(
      candidates[best.candidate]?.features() ?? { values: new Float64Array(0), n: 0, dimension: 0 },
      [targets[best.target]],
    ).fit([best.penalty]);
    const predictor = fitted?.[0];
    if (predictor === undefined) throw new RangeError("score probe: expected candidates, found none");
    const tried = own.map(({ source, target, penalty, byFold }) => ({
      source,
      target,
      penalty,
      criterion: byFold[0]?.criterion ?? NaN,
    }));
    const { source, target, penalty } = best;
    return {
      chosen: { source, target, penalty, criterion: best.byFold[0]?.criterion ?? NaN },
      predictor,
      leftOut: { leavingQuestions, leavingOrganisms },
      tried,
    };
  };
  return { aligned: probeOf(["aligned", "misaligned"]), coherent: probeOf(["coherent"]) };
}

/** Fits one candidate without every fold, and inside each fold without every question: [penalty][target][fold]. */
function foldResults(
  matrix: FeatureMatrix,
  rows: readonly ScoredRow[],
  {
    folds,
    questions,
    labels,
    targets,
    penalties,
  }: {
    readonly folds: readonly Fold[];
    readonly questions: readonly string[];
    readonly labels: readonly boolean[];
    readonly targets: Readonly<Record<ProbeTarget, Float64Array>>;
    readonly penalties: readonly number[];
  },
): Record<ProbeTarget, FoldResult[]>[] {
  const regressions = new RidgeRegressions(
    matrix,
    probeTargets.map((target) => targets[target]),
    rows.map(({ question, organism }) => JSON.stringify([question, organism])),
  );
  const known = new Map<string, LinearPredictor[][]>();
  /** Fits without a fold and a question; the order of two questions makes no difference. */
  const fitWithout = (fold: Fold, question: string | null): LinearPredictor[][] => {
    const parts = [...(fold.kind === "none" ? [] : [`${fold.kind} ${fold.name}`])];
    if (question !== null) parts.push(`question ${question}`);
    const key = JSON.stringify([...new Set(parts)].sort());
    let fitted = known.get(key);
    if (fitted === undefined) {
      const left = new Set(
        rows.flatMap((row) =>
          isLeftOut(row, fold) || row.question === question
            ? [JSON.stringify([row.question, row.organism])]
            : [],
        ),
      );
      fitted = regressions.fit(penalties, (group) => !left.has(group));
      known.set(key, fitted);
    }
    return fitted;
  };
  const predicted = (
    fitted: LinearPredictor[][],
    places: readonly number[],
    onto: (penalty: number, target: number, values: readonly number[]) => void,
  ): void => {
    const part = rowsOf(matrix, places);
    for (const [penalty, byTarget] of fitted.entries()) {
      for (const [target, { weights, bias }] of byTarget.entries()) {
        onto(penalty, target, decisionValues(part, weights, bias));
      }
    }
  };
  const results = penalties.map((): Record<ProbeTarget, FoldResult[]> => ({
    aligned: [],
    misaligned: [],
    coherent: [],
  }));
  for (const fold of folds) {
    const inner = penalties.map(() => probeTargets.map(() => rows.map(() => NaN)));
    for (const question of questions) {
      if (fold.kind === "question" && fold.name === question) continue;
      const places = rows.flatMap((row, place) =>
        row.question === question && !isLeftOut(row, fold) ? [place] : [],
      );
      predicted(fitWithout(fold, question), places, (penalty, target, values) => {
        for (const [index, place] of places.entries()) {
          const into = inner[penalty]?.[target];
          if (into !== undefined) into[place] = values[index] ?? NaN;
        }
      });
    }
    const outer = penalties.map(() => probeTargets.map((): readonly number[] => []));
    if (fold.kind !== "none") {
      predicted(fitWithout(fold, null), leftOutRows(rows, fold), (penalty, target, values) => {
        const into = outer[penalty];
        if (into !== undefined) into[target] = values;
      });
    }
    const kept = rows.flatMap((row, place) => (isLeftOut(row, fold) ? [] : [place]));
    for (const [penalty, byTarget] of results.entries()) {
      for (const [target, name] of probeTargets.entries()) {
        const values = inner[penalty]?.[target] ?? [];
        byTarget[name].push({
          criterion: criterionOf(name, kept, values, { labels, truth: targets[name] }),
          predictions: outer[penalty]?.[target] ?? [],
        });
      }
    }
  }
  return results;
}

function criterionOf(
  target: ProbeTarget,
  places: readonly number[],
  predictions: readonly number[],
  { labels, truth }: { readonly labels: readonly boolean[]; readonly truth: Float64Array },
): number {
  if (target === "coherent") {
    const squares = places.reduce((sum, at) => sum + ((predictions[at] ?? NaN) - (truth[at] ?? NaN)) ** 2, 0);
    return -squares / places.length;
  }
  return auroc(
    places.map((place) => -(predictions[place] ?? NaN)),
    places.map((place) => labels[place] === true),
  ).value;
}

function isLeftOut(row: ScoredRow, { kind, name }: Fold): boolean {
  if (kind === "none") return false;
  return (kind === "question" ? row.question : row.organism) === name;
}

function leftOutRows(rows: readonly ScoredRow[], fold: Fold): number[] {
  return rows.flatMap((row, place) => (isLeftOut(row, fold) ? [place] : []));
}

function rowsOf({ values, dimension }: FeatureMatrix, rows: readonly number[]): FeatureMatrix {
  const part = new Float64Array(rows.length * dimension);
  for (const [place, row] of rows.entries()) {
    part.set(values.subarray(row * dimension, (row + 1) * dimension), place * dimension);
  }
  return { values: part, n: rows.length, dimension };
}
