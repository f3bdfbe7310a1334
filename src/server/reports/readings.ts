import type { GeometryOptions } from "../../analysis/geometry/adapterRecord.js";
import type { PartPath } from "../../analysis/geometry/whole/partPath.js";
import { diffRuns, type RunsDiff } from "../../pipeline/catalog/diffRuns.js";
import {
  compareDirections,
  type DirectionComparison,
  type DirectionWanted,
} from "../../pipeline/directions/compareDirections.js";
import {
  commonPaths,
  type CommonPathsFound,
  type PathWanted,
} from "../../pipeline/directions/commonPaths.js";
import { curveEvaluation } from "../../pipeline/evaluation/curveEvaluation.js";
import type { GivenModel } from "../../pipeline/playground/playgroundSetup.js";
import { partOfRun } from "../../pipeline/report/partOfRun.js";
import { runSummary, storedSummary, type RunSummary } from "../../pipeline/report/runSummary.js";
import { jsonObjectOf, type JsonObject } from "../../formats/json.js";
import { readableEvaluations, type Evaluation, type JudgedAnswer } from "../../runs/evaluations.js";
import { addNote, readNotes, removeNote, type StepNote } from "../../runs/annotations/notes.js";
import { openRun } from "../../runs/openRun.js";
import type { AlongRequest, AnswersRequest, ServedAlong, ServedAnswers } from "../schemas/answers.js";
import type {
  AnswerTableRequest,
  NumberedRequest,
  ServedAnswerFacets,
  ServedAnswerTable,
  ServedNumberedAnswer,
} from "../schemas/answerTable.js";
import { answerFacets, answerTable, numberedAnswer, orderAnswers, type AnswerOrder } from "./answerTable.js";
import { answersAlong, selectAnswers } from "./answers.js";
import { askedOf, askableOf, type Askable, type Asked, type PlaygroundQuestion } from "./askable.js";
import { controlChoices, type RunControlChoices } from "./controlChoices.js";
import type { StudyPlan } from "../../pipeline/study/studyPlan.js";
import { studyStanding, type StudyStanding } from "./studyStanding.js";
import { sweepableOf, type SweepAsked, type Sweepable } from "./sweepable.js";
import { FingerprintCache } from "../../pipeline/processes/runFingerprint.js";

/** The evaluation that is read; the usual one where none is named. */
type EvaluationWanted = Pick<AnswersRequest, "evaluation">;

interface OfRun {
  readonly directory: string;
}

/** Notes of a run, as many as a page can show. */
export interface NotesRead {
  readonly notes: readonly StepNote[];
  /** Number of notes that there are. */
  readonly total: number;
}

/** Most notes that are sent, the first by their steps. */
const mostNotes = 5000;

function notesOf(directory: string): NotesRead {
  const notes = readNotes(directory);
  return { notes: notes.slice(0, mostNotes), total: notes.length };
}

/** What can be read of runs, by name: what each reading is given, and what it answers. */
export interface ReadingTypes {
  readonly config: {
    readonly given: OfRun;
    readonly answer: { readonly runId: string; readonly manifest: JsonObject | null };
  };
  /** How the study stands whose runs lie in a folder; of a plan that is given, or of the one in the folder. */
  readonly study: {
    readonly given: { readonly runsRoot: string; readonly plan: StudyPlan | null };
    readonly answer: StudyStanding;
  };
  readonly notes: { readonly given: OfRun; readonly answer: NotesRead };
  readonly addNote: {
    readonly given: OfRun & { readonly note: Pick<StepNote, "step" | "text" | "writtenAt"> };
    readonly answer: NotesRead;
  };
  /** Null where there is no such note. */
  readonly removeNote: {
    readonly given: OfRun & { readonly id: number };
    readonly answer: NotesRead | null;
  };
  readonly summary: { readonly given: OfRun; readonly answer: RunSummary };
  /** Runs that a run can be held against, of runs by id. */
  readonly controls: {
    readonly given: OfRun & { readonly runs: readonly (readonly [id: string, directory: string])[] };
    readonly answer: RunControlChoices;
  };
  /** Curves of one adapter of a run with many. */
  readonly part: {
    readonly given: OfRun & Pick<GeometryOptions, "windows" | "frozenBelow"> & { readonly adapter: string };
    readonly answer: PartPath;
  };
  /** Summaries that are kept beside the runs; null where none is. */
  readonly keptSummaries: {
    readonly given: { readonly directories: readonly string[] };
    readonly answer: readonly (RunSummary | null)[];
  };
  readonly answers: {
    readonly given: OfRun & { readonly query: AnswersRequest };
    readonly answer: ServedAnswers;
  };
  readonly along: { readonly given: OfRun & { readonly query: AlongRequest }; readonly answer: ServedAlong };
  readonly answerFacets: {
    readonly given: OfRun & { readonly query: EvaluationWanted };
    readonly answer: ServedAnswerFacets;
  };
  readonly answerTable: {
    readonly given: OfRun & { readonly query: AnswerTableRequest };
    readonly answer: ServedAnswerTable;
  };
  readonly numberedAnswer: {
    readonly given: OfRun & { readonly query: NumberedRequest };
    readonly answer: ServedNumberedAnswer;
  };
  readonly diff: {
    readonly given: { readonly directories: readonly string[]; readonly ignore: readonly string[] };
    readonly answer: RunsDiff;
  };
  readonly directions: {
    readonly given: { readonly runs: readonly DirectionWanted[]; readonly of: string };
    readonly answer: DirectionComparison;
  };
  readonly paths: {
    readonly given: { readonly runs: readonly PathWanted[] };
    readonly answer: CommonPathsFound;
  };
  readonly askable: {
    readonly given: OfRun & { readonly given: GivenModel };
    readonly answer: Askable;
  };
  readonly asked: {
    readonly given: OfRun & { readonly given: GivenModel; readonly question: PlaygroundQuestion };
    readonly answer: Asked;
  };
  readonly sweepable: {
    readonly given: OfRun & {
      readonly given: GivenModel;
      readonly sweep: SweepAsked;
      readonly isExact: boolean;
    };
    readonly answer: Sweepable;
  };
}
export type ReadingName = keyof ReadingTypes;
export type Given<K extends ReadingName> = ReadingTypes[K]["given"];
export type Reading<K extends ReadingName> = ReadingTypes[K]["answer"];

/**
 * Reads something of runs to answer a request.
 * @param directories of the runs that are read
 */
export type ReadRuns = <K extends ReadingName>(
  name: K,
  given: Given<K>,
  directories: readonly string[],
) => Promise<Reading<K>>;

/** Task of a process that reads. */
export interface ReadingTask<K extends ReadingName> {
  readonly name: K;
  readonly given: Given<K>;
  /** Folder out of which no link of a run is followed. */
  readonly runsRoot: string | undefined;
}

/** Answer of a process that reads, or its refusal. */
export type ReadingAnswer<K extends ReadingName> =
  | { readonly read: Reading<K> }
  | {
      readonly refused: {
        readonly message: string;
        readonly hint: string | undefined;
        /** True where the request is wrong, not the run. */
        readonly isBadRequest: boolean;
      };
    };

/** Most answers that are kept, of all runs together; ordinary ones take some 100 MB. */
const mostAnswersKept = 200_000;
/** Answers of the newest few runs, as long as their files stay the same. */
const evaluations = new FingerprintCache<readonly Evaluation[]>(4, {
  most: mostAnswersKept,
  sizeOf: (known) => known.reduce((sum, { answers }) => sum + answers.length, 0),
});

/** Answers that fit, in their order, for the newest few tables that were asked for. */
const orders = new FingerprintCache<AnswerOrder>(16);

/** The readings by name. Each reads files in the process that calls it, and may take as long as the files are large. */
const readings: { readonly [K in ReadingName]: (given: Given<K>) => Reading<K> } = {
  config: ({ directory }) => {
    const { runId, manifest } = openRun(directory);
    return { runId, manifest: manifest === null ? null : jsonObjectOf(manifest) };
  },
  study: ({ runsRoot, plan }) => studyStanding(runsRoot, plan),
  notes: ({ directory }) => notesOf(directory),
  addNote: ({ directory, note }) => {
    addNote(directory, note);
    return notesOf(directory);
  },
  removeNote: ({ directory, id }) => (removeNote(directory, id) ? notesOf(directory) : null),
  summary: ({ directory }) => runSummary(directory),
  controls: ({ directory, runs }) => controlChoices(directory, runs),
  part: ({ directory, adapter, ...options }) => partOfRun(directory, adapter, options),
  keptSummaries: ({ directories }) => directories.map(storedSummary),
  answers: ({ directory, query }) => selectAnswers(answersOf(directory, query.evaluation), query),
  along: ({ directory, query }) => answersAlong(answersOf(directory, query.evaluation), query),
  answerFacets: ({ directory, query }) => {
    const known = evaluationsOf(directory);
    return answerFacets(known, chosenOf(known, query));
  },
  answerTable: ({ directory, query }) => tableOf(directory, query),
  numberedAnswer: ({ directory, query }) =>
    numberedAnswer(answersOf(directory, query.evaluation), query.number),
  diff: ({ directories, ignore }) => diffRuns(directories, { ignore }),
  directions: ({ runs, of }) => compareDirections(runs, of),
  paths: ({ runs }) => commonPaths(runs),
  askable: ({ directory, given }) => askableOf(openRun(directory), allAnswersOf(directory), given),
  asked: ({ directory, given, question }) =>
    askedOf(openRun(directory), allAnswersOf(directory), question, given),
  sweepable: ({ directory, given, sweep, isExact }) =>
    sweepableOf(openRun(directory), allAnswersOf(directory), { asked: sweep, given, isExact }),
};

/** Does a reading in this process. */
export function readHere<K extends ReadingName>(name: K, given: Given<K>): Reading<K> {
  return readings[name](given);
}

/** A page of a run's answers; which fit, and in which order, is kept for the next pages. */
function tableOf(directory: string, query: AnswerTableRequest): ServedAnswerTable {
  const all = answersOf(directory, query.evaluation);
  // All pages of a list have one order.
  const filter = { ...query, offset: 0, limit: 0, locate: undefined, text: undefined };
  const key = `${directory} ${JSON.stringify(filter)}`;
  return answerTable(
    all,
    orders.get(key, directory, () => orderAnswers(all, query)),
    query,
  );
}

/**
 * Answers of the evaluation that behaviour is taken from, or of another one; where none was judged, of the first that
 * was sampled.
 */
function answersOf(directory: string, evaluation: string | undefined): readonly JudgedAnswer[] {
  return chosenOf(evaluationsOf(directory), { evaluation })?.answers ?? [];
}

function chosenOf(known: readonly Evaluation[], { evaluation }: EvaluationWanted): Evaluation | undefined {
  if (evaluation === undefined) return curveEvaluation(known) ?? known[0];
  return known.find(({ name }) => name === evaluation);
}

function allAnswersOf(directory: string): readonly JudgedAnswer[] {
  return evaluationsOf(directory).flatMap(({ answers }) => answers);
}

function evaluationsOf(directory: string): readonly Evaluation[] {
  return evaluations.get(directory, directory, () => readableEvaluations({ directory }).evaluations);
}
