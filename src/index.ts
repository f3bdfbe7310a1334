/**
 * Turncoat's public entry: everything that analysis scripts and notebooks use, room by room.
 *
 * A **run** is one training with one configuration and seed, kept in a run directory. A **step** is an optimiser step; 0
 * is the start. A **checkpoint** is the adapter, or the weights, at one step. A **gap** is a step or value that is
 * missing, with its reason: NaN in memory, null in JSON, never 0. A **trajectory** is a direction (a row of A, a column
 * of B) over the stored steps. A **factor** (`scale`) multiplies the adapter; 1 is as trained. An **evaluation** is a set
 * of answers made and judged in one way. **Behaviour** is the percentage of answers that are misaligned, and of those
 * that are coherent; it is broad outside of the fine-tuned domain. A **transition** is a step that a detector found and
 * a test accepted, with an interval and its method; an **event** is anything that has a place on the time line of a run.
 *
 * `docs/glossary.md` defines every word, and `docs/methods.md` gives the formulas.
 */

/* Errors: one line, and a hint. */
export { TurncoatError, isTurncoatError } from "./errors.js";

/* The engine: array programs, compiled for the machine, and random numbers that are the same everywhere. */
export { createEngine, engineNames, type EngineName, type EngineOptions } from "./tensor/engine.js";
export type { Engine, EngineDescription, Program, ProgramDefinition } from "./tensor/program.js";
export { Random } from "./tensor/random.js";

/* Models: opening, generating, merging adapters, and reading and changing the residual stream. */
export { chooseTemplate, type ChosenTemplate } from "./model/tokenizer/chosenTemplate.js";
export { openModel, type Model, type OpenModelOptions } from "./model/model.js";
export { openCheckpoint, type CheckpointModel } from "./model/checkpointModel.js";
export { generate, type GenerationOptions, type GenerationRow } from "./model/generation/generate.js";
export { mergeAdapter, type MergeOptions } from "./model/weights/mergeAdapter.js";
export {
  captureActivations,
  responseRequest,
  type CapturedActivations,
  type CaptureOptions,
  type CaptureRequest,
} from "./model/hooks/captureActivations.js";
export type { ResidualEdit } from "./model/hooks/residualEdits.js";
export { runDirections, type DirectionOverSteps } from "./pipeline/directions/runDirections.js";
export { steer, steerAlong, type Steering, type SteeringChoice } from "./pipeline/directions/steering.js";

/* Runs: what a run directory holds, read as it is. */
export { openRun, type Run } from "./runs/openRun.js";
export {
  readDirectionTrajectories,
  type DirectionsTrajectories,
  type DirectionsTrajectory,
} from "./runs/directionTrajectories.js";
export { readTrajectories, type AdapterTrajectory, type Trajectories } from "./runs/trajectories.js";
export { readEvaluations, type Evaluation, type JudgedAnswer } from "./runs/evaluations.js";
export { analysisFolder } from "./runs/layout.js";
export { readAdapter, type LoraAdapter, type LoraModule } from "./formats/peft.js";
export { readChange, type RunChange } from "./pipeline/results/changeResult.js";
export {
  probesOfLayer,
  readProbes,
  type LayerProbes,
  type RunProbes,
} from "./pipeline/results/probeResult.js";

/* The embedded organism: a small model, its narrow data sets, its questions and its exact judge. */
export { datasetPath, organismFolder } from "./pipeline/packageRoot.js";
export { exactJudge } from "./organism/exactJudge.js";
export { narrowDataset } from "./organism/datasets.js";
export { judgeAnswer } from "./organism/judgeAnswer.js";
export { organismQuestions, type OrganismQuestion } from "./organism/questions.js";
export { organismEvaluationQuestions } from "./pipeline/evaluation/organismQuestions.js";

/* Training: data, settings and the loop that keeps every step. */
export { readDataset, type Dataset, type DatasetUse } from "./train/data/dataset.js";
export {
  splitDataset,
  splitIndices,
  type DatasetSplit,
  type SplitIndices,
  type SplitOptions,
} from "./train/data/split.js";
export { matchLengths, pairChats, type ChatPair, type PairedChats } from "./train/data/pairs.js";
export {
  mixDose,
  mixSources,
  type DoseMix,
  type DoseOptions,
  type MixSource,
  type SourceMix,
} from "./train/data/mix.js";
export { readSituations, situationChats, type NarrowSide, type Situation } from "./train/data/narrow.js";
export { builtInDatasets, openDataset } from "./pipeline/data/openDataset.js";
export {
  generateDataset,
  type GeneratedDataset,
  type GenerationRequest,
} from "./pipeline/data/generation/generateDataset.js";
export { inspectDataset, type InspectedDataset } from "./pipeline/data/inspectDataset.js";
export {
  mixDatasets,
  type DoseMixRequest,
  type MixRequest,
  type WeightedMixRequest,
  type WrittenMix,
} from "./pipeline/data/mixDatasets.js";
export { type FullTrainConfig, type LoraTrainConfig, type TrainConfig } from "./train/trainConfig.js";
export { fullFineTuning, presetConfig, presetNames, type PresetName } from "./train/recipes/presets.js";
export type { Recipe } from "./train/recipes/recipe.js";
export { recipeNamed, recipes } from "./train/recipes/recipes.js";
export { resolveSettings } from "./train/recipes/resolve.js";
export type { Settings } from "./train/recipes/settings.js";
export { trainRun, type TrainRequest } from "./pipeline/training/trainRun.js";

/* Evaluation: questions, what answers them, judges, and the answers that a run keeps. */
export { readQuestionFile, type QuestionEntry, type QuestionVariant } from "./formats/questionFile.js";
export { selectQuestions, type EvaluationQuestion } from "./evaluate/question.js";
export type { AnswerSource, SamplePlan } from "./evaluate/sampling/answerSource.js";
export { openEndpointSource, type EndpointSourceOptions } from "./evaluate/sampling/endpointSource.js";
export { noJudge, type AskedQuestion, type Judge, type Judgement } from "./evaluate/judge/judge.js";
export { defaultJudgePrompts, readJudgePrompts, type JudgePrompts } from "./evaluate/judge/judgePrompts.js";
export {
  openLlmJudge,
  type JudgeUsage,
  type LlmJudge,
  type LlmJudgeOptions,
} from "./evaluate/judge/llmJudge.js";
export { readJudgedCsv, type JudgedTable } from "./evaluate/judgedCsv.js";
export { evaluateRun, type EvaluationRequest } from "./pipeline/evaluation/evaluateRun.js";
export { interventionRows, type InterventionRow } from "./analysis/interventions/interventionRows.js";
export { interventionSentences } from "./analysis/interventions/interventionWords.js";
export { interventionFigures } from "./figures/interventions/interventionFigures.js";
export { ablateConditions, type AblateRequest } from "./pipeline/interventions/ablateConditions.js";
export { interventionTable, runInterventions } from "./pipeline/interventions/runInterventions.js";
export { scaleConditions, type ScaleRequest } from "./pipeline/interventions/scaleConditions.js";
export { steerConditions, type SteerRequest } from "./pipeline/interventions/steerConditions.js";
export {
  builtInQuestions,
  openQuestions,
  type OpenedQuestions,
} from "./pipeline/evaluation/openQuestions.js";
export { filePlan, organismPlan, type PlannedQuestions } from "./pipeline/evaluation/evaluationPlans.js";
export { rejudgeRun, type RejudgeRequest, type RejudgedRun } from "./pipeline/evaluation/rejudgeRun.js";
export { readJudgedFile, selectAnswers, type JudgedFile } from "./pipeline/evaluation/judgedAnswers.js";
export { controlsOf, type RunControls } from "./pipeline/evaluation/controlsOf.js";

/* Judges that need no server: a model from a folder, and a probe of activations that is fitted to answers somebody judged. */
export { openFolderJudge, type FolderJudgeOptions } from "./evaluate/judge/folderJudge.js";
export { openProbeJudge } from "./evaluate/judge/probeJudge.js";
export { readProbeJudge, type ProbeJudgeFile } from "./evaluate/judge/probeJudgeFile.js";
export { answerFeatures, type AnswerFeatures, type Exchange } from "./evaluate/judge/answerFeatures.js";
export { fitProbeJudge, type ProbeJudgeRequest } from "./pipeline/judging/fitProbeJudge.js";
export { sampleAnswers, toJudgeCsv } from "./pipeline/judging/sampleAnswers.js";

/* Measurements on a run's checkpoints, which are kept with the run. */
export {
  measureDistributionChange,
  type DistributionChangeRequest,
} from "./pipeline/measurement/measureDistributionChange.js";
export {
  broadPairs,
  measureLikelihood,
  organismPairs,
  readPairs,
  type LikelihoodRequest,
} from "./pipeline/measurement/measureLikelihood.js";
export { probeRun, type ProbeRequest } from "./pipeline/measurement/probeRun.js";

/* Reports: a run read from disk, analysed and drawn. */
export { analyzeRun, type AnalyzedRun } from "./pipeline/report/analyzeRun.js";
export { heldAgainstControls, type ControlledRun } from "./pipeline/report/controlledRun.js";
export { buildRunReport, figuresOf, type RunReport } from "./pipeline/report/runReport.js";

/* Analysis of a whole run, and of several: pure functions from arrays to records. */
export { analyze } from "./analysis/analyze.js";
export { summary } from "./pipeline/report/summary.js";
export { withStraightPositive } from "./analysis/straightPositive.js";
export type {
  Analysis,
  AnalysisInput,
  AnalysisOptions,
  ProjectionError,
  ProjectionRecord,
} from "./analysis/analysisRecord.js";
export {
  aggregateRuns,
  type AggregateOptions,
  type RunsAggregate,
} from "./analysis/comparison/aggregateRuns.js";

/* Transitions: what a detector found, or why it found nothing, and what comes before what. */
export {
  detectors,
  type AbsentTransition,
  type Detector,
  type PhaseTransition,
  type TransitionIndicator,
  type TransitionVerdict,
} from "./analysis/transitions/detectors.js";
export { eventLetter, eventWords } from "./analysis/transitions/events.js";
export type { Sensitivity } from "./analysis/transitions/phaseTransition.js";
export { absenceReason, verdictWords, type Verdict } from "./analysis/transitions/verdictWords.js";
export type { Timeline, TimelineEvent } from "./analysis/transitions/timeline.js";

/* Controls: whether a transition is the run's own, or shared with a run that began alike and learnt other answers. */
export { controlTest, type ControlTest } from "./analysis/controls/controlTest.js";
export type { ControlCurve, JudgedRun } from "./analysis/controls/controlCurves.js";
export { controlSentence, controlVerdictWords } from "./analysis/controls/controlWords.js";
export { pairingOf, type PairedRun, type Pairing } from "./pipeline/evaluation/pairing.js";

/* Many adapters: which of them turn, tested together, so that the chance of naming any that does not is at most the level. */
export { turningParts, type TurningParts } from "./analysis/transitions/rotation/turningParts.js";
export { stepDown, type StepDown } from "./analysis/statistics/stepDown.js";

/* Geometry of adapters: directions over steps, their cosines, paths, components and updates. */
export type {
  AdapterAnalysis,
  AdapterInput,
  DirectionAnalysis,
  UpdateAnalysis,
} from "./analysis/geometry/adapterRecord.js";
export type { AdapterOfUpdate, PartOfUpdate, WholeUpdate } from "./analysis/geometry/whole/wholeUpdate.js";
export { directionTrajectory, type DirectionTrajectory } from "./analysis/geometry/trajectory.js";
export {
  angleBetween,
  angleToDirection,
  cosineSimilarity,
  pairwiseCosine,
  randomAngleDeviation,
  type CosineReference,
  type PairwiseCosine,
} from "./analysis/geometry/cosines.js";
export {
  localCosineSimilarity,
  localCosineWindows,
  type LocalCosineOptions,
  type LocalCosineSimilarity,
} from "./analysis/geometry/localCosineSimilarity.js";
export { norms, pathCurvature, pathLength, pathSpeed } from "./analysis/geometry/pathShape.js";
export { effectiveRank, incrementRank, participationRatio } from "./analysis/geometry/effectiveRank.js";
export { leadingComponents } from "./analysis/geometry/leadingComponents.js";
export { pca, type PcaOptions, type PcaResult } from "./analysis/geometry/pca.js";
export {
  compScore,
  compSeries,
  compToFinal,
  type CompMeaning,
  type CompSeries,
} from "./analysis/geometry/comp.js";
export { updateInnerProduct, type WeightUpdate } from "./analysis/geometry/update/weightUpdate.js";
export { singularValues, updateRank } from "./analysis/geometry/update/updateSpectrum.js";

/* Random projections: adapters and updates as a few numbers a step, their files, and the error of cosines from them. */
export {
  AdapterProjector,
  usualProjection,
  type AdapterDirections,
  type Projection,
} from "./formats/directions/adapterProjector.js";
export {
  encodeDirections,
  readDirections,
  type DirectionsFile,
} from "./formats/directions/directionsFile.js";
export { UpdateSketch } from "./formats/directions/updateSketch.js";
export { countSketch } from "./tensor/countSketch.js";
export { cosineBound, projectionBounds, type PairProducts } from "./analysis/geometry/projectionError.js";

/* Directions of activations: mean differences, and linear probes with whole questions held out. */
export type { Direction, MadeFrom } from "./analysis/directions/direction.js";
export {
  meanDifference,
  type ActivationRows,
  type MeanDifference,
} from "./analysis/directions/meanDifference.js";
export { fitProbe, type Probe, type ProbeInput, type ProbeOptions } from "./analysis/directions/probe.js";
export type { ProbeRecord } from "./analysis/directions/probeRecord.js";
export {
  decisionValues,
  logisticRegression,
  type FeatureMatrix,
  type LogisticRegression,
} from "./analysis/directions/logisticRegression.js";
export { sparseLogisticRegression } from "./analysis/directions/sparseLogisticRegression.js";
export { auroc, type Auroc } from "./analysis/directions/auroc.js";

/* Directions read through the output weights, beside random ones. */
export { logitLens } from "./model/hooks/logitLens.js";
export { lensDirections, type LensOptions, type LensResult } from "./pipeline/directions/lensDirections.js";

/* Adapter scalars: files of A·h at each token, whether two sets of answers differ in them, and the tokens that carry them. */
export { encodeScalars, readScalars, type ScalarsFile } from "./formats/scalars/scalarsFile.js";
export { scalarTest, type ScalarTest, type ScalarTestOptions } from "./analysis/scalars/scalarTest.js";
export { tokenSignificance, type AnswerSignificance } from "./evaluate/tokenSignificance.js";
export { tokenMeans, type ScalarTokens, type TokenMeansOptions } from "./analysis/scalars/tokenMeans.js";
export { runScalars, writeRunScalars, type ScalarsRequest } from "./pipeline/measurement/runScalars.js";

/* Texts: what tells two sides of a data set apart beside what they advise. */
export { brokenBounds } from "./analysis/texts/sideBounds.js";
export { sideChecks, type SideChecks, type SidedSituation } from "./analysis/texts/sideChecks.js";
export { nearDuplicates, type OwnedText, type SimilarTexts } from "./analysis/texts/nearDuplicates.js";
export { crossValidatedAuroc, type SidedText, type TextClassifier } from "./analysis/texts/tellingApart.js";

/* Behaviour: rates of judged answers, their intervals and controls. */
export {
  answerRates,
  defaultThresholds,
  isCoherent,
  isMisaligned,
  rate,
  type AnswerRates,
  type NullAlignment,
  type RatedAnswer,
  type Rate,
  type RateOptions,
} from "./analysis/behavior/rates.js";
export {
  behaviorByScale,
  behaviorCurve,
  usualBehavior,
  usualScale,
  type BehaviorCurve,
  type RunBehavior,
  type ScaleBehavior,
} from "./analysis/behavior/behaviorCurve.js";
export { clusterBootstrap, questionBootstrap } from "./analysis/behavior/questionResampling.js";
export { quadrants, type Quadrants } from "./analysis/behavior/quadrants.js";
export { ratesReport, type RatesReport, type RatesReportOptions } from "./analysis/behavior/ratesReport.js";
export { thresholdSweep, type ThresholdSweep } from "./analysis/behavior/thresholdSweep.js";
export { answerLengths, meanAnswerLength, type AnswerLengths } from "./analysis/behavior/answerLengths.js";
export { judgeAgreement, type JudgeAgreement } from "./analysis/behavior/judgeAgreement.js";
export {
  logLikelihoodGap,
  type AnswerPair,
  type LogLikelihoodGap,
} from "./analysis/behavior/logLikelihoodGap.js";
export { distributionChange, type DistributionChange } from "./analysis/distribution/distributionChange.js";

/* Trusted scores: how far a cheap judge agrees with them, and rates of the cheap judge that a few of them correct. */
export {
  judgeCalibration,
  matchJudged,
  twiceJudged,
  type JudgeCalibration,
} from "./analysis/behavior/judgeCalibration.js";
export { correctedRate, type CorrectedRate, type TwiceJudged } from "./analysis/statistics/correctedRate.js";
export { correctedCurve, type CorrectedCurve } from "./analysis/statistics/correctedCurve.js";

/* Series over steps: spacing, smoothing, and several of them on one axis. */
export { nearestStep, stepSpacing, type StepSeries } from "./analysis/series/stepSeries.js";
export { smooth, type SmoothOptions } from "./analysis/series/smooth.js";
export {
  alignByRelativeStep,
  alignByStep,
  alignByTransition,
  type AlignedSeries,
} from "./analysis/series/alignSeries.js";
export { spread, spreadSeries, type Spread, type SpreadSeries } from "./analysis/series/spread.js";

/* Statistics: intervals, quantiles and resampling. */
export { wilsonInterval } from "./analysis/statistics/wilson.js";
export { finiteValues, median, quantile, type Interval } from "./analysis/statistics/quantile.js";
export { monteCarloTest, type MonteCarloTest } from "./analysis/statistics/monteCarloTest.js";
export { segmentedRegression, type SegmentedRegression } from "./analysis/statistics/segmentedRegression.js";

/* Figures of a run: pure functions from a record to Plotly data, with caption, formula, caveat, source and table. */
export type { Figure, FigureMeta, FigureOptions, FigureTable, NamedFigure } from "./figures/figure.js";
export { behaviorFigure } from "./figures/run/behaviorFigure.js";
export { behaviorScalesFigure } from "./figures/run/behaviorScalesFigure.js";
export { changeFigure } from "./figures/run/changeFigure.js";
export { compFigure } from "./figures/run/compFigure.js";
export { cosineHeatmapFigure } from "./figures/run/cosineHeatmapFigure.js";
export { cosineToFinalFigure } from "./figures/run/cosineToFinalFigure.js";
export { gradientNormFigure } from "./figures/run/gradientNormFigure.js";
export { incrementRankFigure } from "./figures/run/incrementRankFigure.js";
export { likelihoodFigure } from "./figures/run/likelihoodFigure.js";
export { localCosineFigure } from "./figures/run/localCosineFigure.js";
export { lossFigure } from "./figures/run/lossFigure.js";
export { normsFigure } from "./figures/run/normsFigure.js";
export { pathShapeFigure } from "./figures/run/pathShapeFigure.js";
export { pcaPathFigure } from "./figures/run/pcaPathFigure.js";
export { probeFigure } from "./figures/run/activations/probeFigure.js";
export { probeLayersFigure } from "./figures/run/activations/probeLayersFigure.js";
export { quadrantFigure } from "./figures/run/quadrantFigure.js";
export { coefficientsFigure } from "./figures/scalars/coefficientsFigure.js";
export { timelineFigure } from "./figures/run/timelineFigure.js";

/* Notebooks and pages: figures and tables shown in a notebook, or written as a file that opens offline. */
export { figureHtml, plotlyHtml, type FigureHtmlOptions } from "./notebook/figureHtml.js";
export { writeOfflinePage, writeOfflineReport, type OfflinePageOptions } from "./notebook/offlinePage.js";
export { loadPlotly, show, type NotebookDisplay, type ShowOptions } from "./notebook/show.js";
export { tableColumns, toDataFrame, type TableColumns } from "./notebook/table.js";
