/**
 * Turncoat's public entry: everything that analysis scripts and notebooks use.
 *
 * A **run** is one training with one configuration and seed, kept in a run directory. A **step** is an optimiser
 * step; 0 is the initialisation. A **checkpoint** is the adapter at one step, or the weights where they were trained. A
 * **trajectory** is a direction (a row of A, a column of B) over steps. A **transition** is a step with an interval and
 * the method that found it.
 */
export { TurncoatError, isTurncoatError } from "./errors.js";
export { createEngine, engineNames, type EngineName, type EngineOptions } from "./tensor/engine.js";
export type { Engine, EngineDescription, Program, ProgramDefinition } from "./tensor/program.js";
export { Random } from "./tensor/random.js";
export { openModel, type Model, type OpenModelOptions } from "./model/model.js";
export { generate, type GenerationOptions, type GenerationRow } from "./model/generation/generate.js";
export { mergeAdapter, type MergeOptions } from "./model/weights/mergeAdapter.js";
export { openCheckpoint, type CheckpointModel } from "./model/checkpointModel.js";
export { readAdapter, type LoraAdapter, type LoraModule } from "./formats/peft.js";
export {
  captureActivations,
  responseRequest,
  type CapturedActivations,
  type CaptureOptions,
  type CaptureRequest,
} from "./model/hooks/captureActivations.js";
export type { ResidualEdit } from "./model/hooks/residualEdits.js";
export { openRun, type Run } from "./runs/openRun.js";
export { readTrajectories, type AdapterTrajectory, type Trajectories } from "./runs/trajectories.js";
export { readEvaluations, type Evaluation, type JudgedAnswer } from "./runs/evaluations.js";
export { analysisFolder } from "./runs/layout.js";
export { readDataset, type Dataset } from "./train/batches/dataset.js";
export { type FullTrainConfig, type LoraTrainConfig, type TrainConfig } from "./train/trainConfig.js";
export { fullFineTuning, presetConfig, presetNames, type PresetName } from "./train/recipes/presets.js";
export { exactJudge } from "./organism/exactJudge.js";
export { narrowDataset } from "./organism/datasets.js";
export { judgeAnswer } from "./organism/judgeAnswer.js";
export { organismQuestions, type OrganismQuestion } from "./organism/questions.js";
export { noJudge, type AskedQuestion, type Judge, type Judgement } from "./evaluate/judge/judge.js";
export { readJudgedCsv, type JudgedTable } from "./evaluate/judgedCsv.js";
export { defaultJudgePrompts, readJudgePrompts, type JudgePrompts } from "./evaluate/judge/judgePrompts.js";
export {
  openLlmJudge,
  type JudgeUsage,
  type LlmJudge,
  type LlmJudgeOptions,
} from "./evaluate/judge/llmJudge.js";
export { selectQuestions, type EvaluationQuestion } from "./evaluate/question.js";
export type { AnswerSource, SamplePlan } from "./evaluate/sampling/answerSource.js";
export { openEndpointSource, type EndpointSourceOptions } from "./evaluate/sampling/endpointSource.js";
export { readQuestionFile, type QuestionEntry, type QuestionVariant } from "./formats/questionFile.js";
export { analyzeRun, type AnalyzedRun } from "./pipeline/report/analyzeRun.js";
export { evaluateRun, type EvaluationRequest } from "./pipeline/evaluation/evaluateRun.js";
export { filePlan, organismPlan, type PlannedQuestions } from "./pipeline/evaluation/evaluationPlans.js";
export { readJudgedFile, selectAnswers, type JudgedFile } from "./pipeline/evaluation/judgedAnswers.js";
export {
  measureDistributionChange,
  type DistributionChangeRequest,
} from "./pipeline/measurement/measureDistributionChange.js";
export { readChange, type RunChange } from "./pipeline/results/changeResult.js";
export { controlsOf, type RunControls } from "./pipeline/evaluation/controlsOf.js";
export {
  measureLikelihood,
  organismPairs,
  readPairs,
  type LikelihoodRequest,
} from "./pipeline/measurement/measureLikelihood.js";
export { organismEvaluationQuestions } from "./pipeline/evaluation/organismQuestions.js";
export { datasetPath, organismFolder } from "./pipeline/packageRoot.js";
export { probeRun, type ProbeRequest } from "./pipeline/measurement/probeRun.js";
export {
  probesOfLayer,
  readProbes,
  type LayerProbes,
  type RunProbes,
} from "./pipeline/results/probeResult.js";
export { buildRunReport, figuresOf, type RunReport } from "./pipeline/report/runReport.js";
export { rejudgeRun, type RejudgeRequest, type RejudgedRun } from "./pipeline/evaluation/rejudgeRun.js";
export { trainRun, type TrainRequest } from "./pipeline/training/trainRun.js";
export { summary } from "./analysis/summary.js";
export {
  aggregateRuns,
  type AggregateOptions,
  type RunsAggregate,
} from "./analysis/comparison/aggregateRuns.js";
export { alignByRelativeStep, alignByStep, alignByTransition } from "./analysis/series/alignSeries.js";
export { nearestStep, type StepSeries } from "./analysis/series/stepSeries.js";
export { angleToDirection, randomAngleDeviation } from "./analysis/geometry/cosines.js";
export { compToFinal, type CompMeaning, type CompSeries } from "./analysis/geometry/comp.js";
export { localCosineSimilarity } from "./analysis/geometry/localCosineSimilarity.js";
export { withStraightPositive } from "./analysis/straightPositive.js";
export { leadingComponents } from "./analysis/geometry/leadingComponents.js";
export { pca } from "./analysis/geometry/pca.js";
export { directionTrajectory, type DirectionTrajectory } from "./analysis/geometry/trajectory.js";
export type { Analysis, AnalysisOptions } from "./analysis/analysisRecord.js";
export type {
  AdapterAnalysis,
  DirectionAnalysis,
  UpdateAnalysis,
} from "./analysis/geometry/adapterRecord.js";
export type {
  AbsentTransition,
  PhaseTransition,
  TransitionIndicator,
} from "./analysis/transitions/phaseTransition.js";
export type { ProbeRecord } from "./analysis/directions/probeRecord.js";
export { distributionChange, type DistributionChange } from "./analysis/distribution/distributionChange.js";
export type { Timeline, TimelineEvent } from "./analysis/transitions/timeline.js";
export { quadrants, type Quadrants } from "./analysis/behavior/quadrants.js";
export type { RatedAnswer } from "./analysis/behavior/rates.js";
export { ratesReport, type RatesReport, type RatesReportOptions } from "./analysis/behavior/ratesReport.js";
export { thresholdSweep, type ThresholdSweep } from "./analysis/behavior/thresholdSweep.js";
export type { Figure, FigureMeta, FigureOptions, FigureTable, NamedFigure } from "./figures/figure.js";
export { behaviorScalesFigure } from "./figures/run/behaviorScalesFigure.js";
export { behaviorFigure } from "./figures/run/behaviorFigure.js";
export { compFigure } from "./figures/run/compFigure.js";
export { cosineHeatmapFigure } from "./figures/run/cosineHeatmapFigure.js";
export { cosineToFinalFigure } from "./figures/run/cosineToFinalFigure.js";
export { gradientNormFigure } from "./figures/run/gradientNormFigure.js";
export { incrementRankFigure } from "./figures/run/incrementRankFigure.js";
export { localCosineFigure } from "./figures/run/localCosineFigure.js";
export { lossFigure } from "./figures/run/lossFigure.js";
export { normsFigure } from "./figures/run/normsFigure.js";
export { pathShapeFigure } from "./figures/run/pathShapeFigure.js";
export { pcaPathFigure } from "./figures/run/pcaPathFigure.js";
export { probeFigure } from "./figures/run/probeFigure.js";
export { probeLayersFigure } from "./figures/run/probeLayersFigure.js";
export { changeFigure } from "./figures/run/changeFigure.js";
export { likelihoodFigure } from "./figures/run/likelihoodFigure.js";
export { timelineFigure } from "./figures/run/timelineFigure.js";
export { quadrantFigure } from "./figures/run/quadrantFigure.js";
export { figureHtml, plotlyHtml, type FigureHtmlOptions } from "./notebook/figureHtml.js";
export { writeOfflinePage, writeOfflineReport, type OfflinePageOptions } from "./notebook/offlinePage.js";
export { loadPlotly, show, type NotebookDisplay, type ShowOptions } from "./notebook/show.js";
export { tableColumns, toDataFrame, type TableColumns } from "./notebook/table.js";
