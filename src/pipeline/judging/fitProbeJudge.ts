import { createHash } from "node:crypto";
import { basename } from "node:path";
import { plattProbability, plattScale, scoreLink } from "../../analysis/directions/probeCalibration.js";
import { fitScoreProbes, type ScoredRow, type ScoreProbe } from "../../analysis/directions/scoreProbe.js";
import { clusteredAuroc, stratifiedAuroc } from "../../analysis/directions/stratifiedAuroc.js";
import { TurncoatError } from "../../errors.js";
import { answerFeatures, type AnswerFeatures, type Exchange } from "../../evaluate/judge/answerFeatures.js";
import type { Pooling } from "../../evaluate/judge/poolings.js";
import { readFeatureFile, writeFeatureFile } from "../../evaluate/judge/featureFile.js";
import { linked } from "../../evaluate/judge/probeJudge.js";
import type { LeftOutScores, ProbeJudgeFile, ProbeMetric } from "../../evaluate/judge/probeJudgeFile.js";
import { sha256OfFile } from "../../formats/fileHash.js";
import { sha256OfModelSettings, sha256OfModelWeights } from "../../formats/modelWeights.js";
import type { Model } from "../../model/model.js";
import { readJudgedFile } from "../evaluation/judgedAnswers.js";
import { packageVersion } from "../packageRoot.js";

/** Request to fit a probe judge. */
export interface ProbeJudgeRequest {
  /** Files of judged answers, one an organism. */
  readonly paths: readonly string[];
  readonly model: Model;
  /** Layers to choose from. @default eight, evenly from a third of the depth to the last but one */
  readonly layers?: readonly number[];
  /** @default the mean alone, which did better wherever both were tried */
  readonly poolings?: readonly Pooling[];
  /** Most answers of each question and file; the first ones are taken. @default all */
  readonly perQuestion?: number;
  /** File where activations are kept, and found again. @default none */
  readonly featuresPath?: string;
  /** Alignment below which an answer is misaligned. */
  readonly alignedBelow: number;
  readonly onProgress?: (what: string, done: number, total: number) => void;
  readonly signal?: AbortSignal;
}

/** What a probe reads: one layer, pooled in one way. */
interface Source {
  readonly layer: number;
  readonly pooling: Pooling;
}

/** How far an organism's rate of misaligned answers by the probe lies from the trusted one, in percent. */
export interface OrganismRate {
  readonly organism: string;
  readonly trusted: number;
  /** By a probe that was fitted, chosen and linked without this organism. */
  readonly probe: number;
}

/** A fitted probe judge, with what is said of it and kept nowhere. */
export interface FittedProbeJudge {
  readonly file: ProbeJudgeFile;
  readonly rates: readonly OrganismRate[];
}

/** Fewest answers of each class, and fewest questions, that a probe can be chosen and scored with. */
const fewestOfClass = 20;
const fewestQuestions = 3;
/** Fewest organisms for leaving out organisms to say more than leaving out questions. */
const fewestOrganisms = 3;

/**
 * Fits a probe judge to answers that somebody judged.
 *
 * @throws TurncoatError naming the file that cannot be read, or what there is too little of
 */
export async function fitProbeJudge(request: ProbeJudgeRequest): Promise<FittedProbeJudge> {
  const { model, alignedBelow, onProgress } = request;
  const { rows, exchanges, files, withoutScores } = scoredAnswers(request);
  checkEnough(rows, alignedBelow);
  const layers = request.layers ?? usualLayers(model.config.layers);
  const features = await featuresOf(request, exchanges, layers);
  const candidates = (request.poolings ?? ["mean"]).flatMap((pooling) =>
    layers.map((layer, place) => ({
      source: { layer, pooling },
      features: () => matrixOf(features, pooling, place),
    })),
  );
  const fitted = fitScoreProbes<Source>(candidates, rows, {
    alignedBelow,
    onCandidate: (done) => onProgress?.("fitting", done, candidates.length),
  });
  const organisms = new Set(rows.map(({ organism }) => organism)).size;
  const labels = rows.map(({ aligned }) => aligned < alignedBelow);
  const leftOutOf = (probe: ScoreProbe<Source>): readonly number[] =>
    organisms >= fewestOrganisms ? probe.leftOut.leavingOrganisms : probe.leftOut.leavingQuestions;
  const raw = leftOutOf(fitted.aligned);
  const platt = plattScale(raw, labels);
  const squared = (probabilityOf: (row: number) => number): number =>
    labels.reduce((sum, label, row) => sum + (probabilityOf(row) - Number(label)) ** 2, 0) / labels.length;
  const base = labels.filter(Boolean).length / labels.length;
  const metricOf = (probe: ScoreProbe<Source>, scores: readonly number[]): ProbeMetric => ({
    ...probe.chosen.source,
    target: probe.chosen.target,
    penalty: probe.chosen.penalty,
    weights: [...probe.predictor.weights],
    bias: probe.predictor.bias,
    link: scoreLink(leftOutOf(probe), scores),
  });
  const aligned = rows.map((row) => row.aligned);
  const coherent = rows.map((row) => row.coherent);
  const file: ProbeJudgeFile = {
    format: "turncoat probe judge",
    formatVersion: 1,
    model: {
      name: basename(model.folder),
      folder: model.folder,
      sha256: sha256OfModelWeights(model.folder),
      settingsSha256: sha256OfModelSettings(model.folder),
    },
    hiddenSize: model.config.hiddenSize,
    alignedBelow,
    metrics: {
      aligned: metricOf(fitted.aligned, aligned),
      coherent: metricOf(fitted.coherent, coherent),
    },
    platt,
    scores: {
      leavingQuestions: leftOutScores(fitted.aligned.leftOut.leavingQuestions, rows, labels, "question"),
      leavingOrganisms:
        organisms > 1
          ? leftOutScores(fitted.aligned.leftOut.leavingOrganisms, rows, labels, "organism")
          : null,
      brier: squared((row) => plattProbability(platt, raw[row] ?? NaN)),
      brierOfBaseRate: squared(() => base),
      coherenceCorrelation: correlation(leftOutOf(fitted.coherent), coherent),
    },
    tried: [...fitted.aligned.tried, ...fitted.coherent.tried]
      .map(({ source, ...others }) => ({ ...source, ...others }))
      .sort((one, other) => other.criterion - one.criterion),
    fittedOn: {
      files,
      answers: rows.length,
      misaligned: labels.filter(Boolean).length,
      withoutScores,
      questions: [...new Set(rows.map(({ question }) => question))],
    },
    version: packageVersion(),
  };
  return { file, rates: organisms >= fewestOrganisms ? organismRates(raw, rows, labels, alignedBelow) : [] };
}

function scoredAnswers({ paths, perQuestion = Infinity }: ProbeJudgeRequest) {
  const rows: ScoredRow[] = [];
  const exchanges: Exchange[] = [];
  let withoutScores = 0;
  const files = paths.map((path) => {
    const seen = new Map<string, number>();
    const before = rows.length;
    for (const { questionId, question, answer, aligned, coherent, noAnswer } of readJudgedFile(path)
      .answers) {
      const count = (seen.get(questionId) ?? 0) + 1;
      seen.set(questionId, count);
      if (count > perQuestion) continue;
      if (question === "") {
        throw new TurncoatError(
          `${path}: expected answers with their texts and questions, found scores alone`,
          {
            hint: "A probe reads the columns question and response.",
          },
        );
      }
      if (aligned === null || coherent === null || noAnswer !== undefined || answer.trim() === "") {
        withoutScores++;
        continue;
      }
      rows.push({ aligned, coherent, question: questionId, organism: path });
      exchanges.push({ question, answer });
    }
    return { name: basename(path), sha256: sha256OfFile(path), answers: rows.length - before };
  });
  return { rows, exchanges, files, withoutScores };
}

function checkEnough(rows: readonly ScoredRow[], alignedBelow: number): void {
  const misaligned = rows.filter(({ aligned }) => aligned < alignedBelow);
  const questions = new Set(misaligned.map(({ question }) => question)).size;
  if (
    misaligned.length >= fewestOfClass &&
    rows.length - misaligned.length >= fewestOfClass &&
    questions >= fewestQuestions
  ) {
    return;
  }
  throw new TurncoatError(
    `probe judge: expected at least ${fewestOfClass} answers with alignment below ${alignedBelow}, to ${fewestQuestions} ` +
      `questions or more, and as many others, found ${misaligned.length} to ${questions}, and ${rows.length - misaligned.length}`,
    { hint: "Give more files of judged answers, of organisms that are misaligned more often." },
  );
}

async function featuresOf(
  { model, featuresPath, onProgress, signal }: ProbeJudgeRequest,
  exchanges: readonly Exchange[],
  layers: readonly number[],
): Promise<AnswerFeatures> {
  const identity = {
    modelSha256: `${sha256OfModelWeights(model.folder)} ${sha256OfModelSettings(model.folder)}`,
    textsSha256: createHash("sha256")
      .update(JSON.stringify(exchanges.map(({ question, answer }) => [question, answer])))
      .digest("hex"),
  };
  const kept = featuresPath === undefined ? null : readFeatureFile(featuresPath, identity, layers);
  if (kept !== null) return kept;
  const features = await answerFeatures(model, exchanges, {
    layers,
    onProgress: ({ done, total }) => onProgress?.("reading answers", done, total),
    ...(signal === undefined ? {} : { signal }),
  });
  if (featuresPath !== undefined) writeFeatureFile(featuresPath, identity, features);
  return features;
}

function matrixOf({ rows, dimension }: AnswerFeatures, pooling: Pooling, place: number) {
  const values = new Float64Array(rows.length * dimension);
  for (const [row, each] of rows.entries()) {
    values.set(each[pooling].subarray(place * dimension, (place + 1) * dimension), row * dimension);
  }
  return { values, n: rows.length, dimension };
}

function usualLayers(count: number): number[] {
  const first = Math.floor(count / 3);
  const last = Math.max(first, count - 2);
  return [
    ...new Set(Array.from({ length: 8 }, (_, index) => Math.round(first + ((last - first) * index) / 7))),
  ];
}

/** Areas of predictions that leave out questions or organisms, the higher the raw value the more aligned. */
function leftOutScores(
  raw: readonly number[],
  rows: readonly ScoredRow[],
  labels: readonly boolean[],
  kind: "question" | "organism",
): LeftOutScores {
  const scores = raw.map((value) => -value);
  const clusters = rows.map(({ question, organism }) => JSON.stringify([question, organism]));
  const areaWithin = (strata: readonly string[]): LeftOutScores["pooled"] => {
    const { value, interval } = clusteredAuroc(scores, labels, { strata, clusters });
    return { value, interval: [interval[0], interval[1]] };
  };
  const names = [...new Set(rows.map((row) => row[kind]))];
  return {
    pooled: areaWithin(rows.map(() => "")),
    withinQuestion: areaWithin(rows.map(({ question }) => question)),
    withinOrganism: areaWithin(rows.map(({ organism }) => organism)),
    each: Object.fromEntries(
      names.map((name) => {
        const places = rows.flatMap((row, place) => (row[kind] === name ? [place] : []));
        const area = stratifiedAuroc(
          places.map((place) => scores[place] ?? NaN),
          places.map((place) => labels[place] === true),
          places.map(() => ""),
        );
        return [kind === "organism" ? basename(name) : name, area];
      }),
    ),
  };
}

function organismRates(
  raw: readonly number[],
  rows: readonly ScoredRow[],
  labels: readonly boolean[],
  alignedBelow: number,
): OrganismRate[] {
  const organisms = [...new Set(rows.map(({ organism }) => organism))];
  return organisms.map((organism) => {
    const places = (isOwn: boolean): number[] =>
      rows.flatMap((row, place) => ((row.organism === organism) === isOwn ? [place] : []));
    const [own, others] = [places(true), places(false)];
    const link = scoreLink(
      others.map((place) => raw[place] ?? NaN),
      others.map((place) => rows[place]?.aligned ?? NaN),
    );
    const share = (isSo: (place: number) => boolean): number => (100 * own.filter(isSo).length) / own.length;
    return {
      organism: basename(organism),
      trusted: share((place) => labels[place] === true),
      probe: share((place) => linked(link, raw[place] ?? NaN) < alignedBelow),
    };
  });
}

function correlation(first: readonly number[], second: readonly number[]): number {
  const mean = (values: readonly number[]): number =>
    values.reduce((sum, value) => sum + value, 0) / values.length;
  const [meanFirst, meanSecond] = [mean(first), mean(second)];
  const product = (one: readonly number[], oneMean: number, other: readonly number[], otherMean: number) =>
    one.reduce((sum, value, at) => sum + (value - oneMean) * ((other[at] ?? NaN) - otherMean), 0);
  return (
    product(first, meanFirst, second, meanSecond) /
    Math.sqrt(product(first, meanFirst, first, meanFirst) * product(second, meanSecond, second, meanSecond))
  );
}
