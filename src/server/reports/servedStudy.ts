import { controlVerdictWords } from "../../analysis/controls/controlWords.js";
import { namedVerdict } from "../../analysis/transitions/verdictWords.js";
import {
  effectMethod,
  effectWords,
  seedMeans,
  studyEffects,
  type SeedMean,
} from "../../pipeline/study/studyEffects.js";
import { studyHeadline, type StudyCounts } from "../../pipeline/study/studyHeadline.js";
import {
  studyQuantities,
  type NumberedPair,
  type RunNumbers,
  type StudyQuantity,
  type TurnNumbers,
} from "../../pipeline/study/studyNumbers.js";
import type { StudyPlan } from "../../pipeline/study/studyPlan.js";
import type { ServedStudy, ServedStudyMean, ServedStudyRun } from "../schemas/study.js";
import type { StudyRead } from "./studyReports.js";
import type { StandingRun } from "./studyStanding.js";

type PlanPair = StudyPlan["pairs"][number];
type ServedRow = ServedStudy["rows"][number];
type ServedNumber = ServedStudyRun["numbers"][number];

/** Prepares a study for its page. */
export function servedStudy(read: StudyRead): ServedStudy {
  const { plan, runs, numbers } = read;
  const pairs = plan.pairs.map((pair): NumberedPair => numberedPair(pair, numbers));
  const quantities = studyQuantities.filter(
    (quantity) => isPlanned(quantity, plan) || [...numbers.values()].some((each) => isKnown(each, quantity)),
  );
  const counts = countsOf(read);
  const { done, atWork, failed, unread } = counts;
  const states = new Map(runs.map((each) => [each.run, each]));
  return {
    title: plan.title,
    file: plan.file,
    ...studyHeadline(pairs, counts),
    quantities: quantities.map(namedQuantity),
    seeds: [...new Set(plan.pairs.map(({ seed }) => seed))].sort((one, other) => one - other),
    rows: rowsOf(pairs).map((row) => servedRow(row, { read, states, quantities })),
    effects: {
      method: effectMethod,
      rows: studyEffects(pairs, plan.pairs).map(
        ({ quantity, factor, from, to, difference, interval, seeds, pairs: count, verdict }) => ({
          quantity: namedQuantity(quantity),
          factor: factorWords[factor],
          ...{ from, to, seeds, pairs: count },
          ...{ difference: finite(difference), low: finite(interval[0]), high: finite(interval[1]) },
          verdict: { name: verdict, words: effectWords[verdict] },
        }),
      ),
    },
    counts: { runs: counts.runs, done, atWork, failed, pending: unread },
  };
}

const factorWords = {
  answers: "answers",
  model: "base model",
  data: "data",
  recipe: "recipe",
  rate: "learning rate",
  order: "order of the data",
} as const;

/** A pair with its numbers; a turn is held against a control only where that is trained to its end. */
function numberedPair(pair: PlanPair, numbers: StudyRead["numbers"]): NumberedPair {
  const [harmful = null, control = null] = [numbers.get(pair.harmful), numbers.get(pair.control)];
  return {
    pair,
    harmful: harmful !== null && control === null ? { ...harmful, againstControl: null } : harmful,
    control,
  };
}

function countsOf({ runs, pending }: StudyRead): StudyCounts {
  const count = (...wanted: StandingRun["state"][]): number =>
    runs.filter(({ state }) => wanted.includes(state)).length;
  return {
    runs: runs.length,
    done: count("done"),
    atWork: count("training", "measuring"),
    failed: count("failed", "unreadable"),
    unread: pending.length,
  };
}

function namedQuantity({ id, words, unit }: StudyQuantity): ServedStudy["quantities"][number] {
  return { id, words, unit };
}

/** Pairs that differ in the seed alone, in the order of the plan. */
function rowsOf(pairs: readonly NumberedPair[]): NumberedPair[][] {
  const rows = new Map<string, NumberedPair[]>();
  for (const each of pairs) {
    const { model, data, recipe } = each.pair;
    const key = JSON.stringify([model, data, recipe]);
    const row = rows.get(key);
    if (row === undefined) rows.set(key, [each]);
    else row.push(each);
  }
  return [...rows.values()];
}

function servedRow(
  row: readonly NumberedPair[],
  of: {
    readonly read: StudyRead;
    readonly states: ReadonlyMap<string, StandingRun>;
    readonly quantities: readonly StudyQuantity[];
  },
): ServedRow {
  const { read, states, quantities } = of;
  const [first] = row;
  const served = (run: string, numbers: RunNumbers | null): ServedStudyRun =>
    servedRun(states.get(run) ?? nowhere(run), { numbers, quantities, read });
  const verdicts = row.flatMap(({ harmful }) => harmful?.againstControl?.verdict ?? []);
  const counts = (["specific", "shared", "cannotTell"] as const).flatMap((each) => {
    const count = verdicts.filter((verdict) => verdict === each).length;
    return count === 0 ? [] : [`${count} ${controlVerdictWords[each]}`];
  });
  const means = (arm: "harmful" | "control"): (ServedStudyMean | null)[] => {
    const known = seedMeans(row, arm);
    return quantities.map(({ id }) => servedMean(known.find(({ quantity }) => quantity.id === id)));
  };
  return {
    title: first === undefined ? "" : [first.pair.model, first.pair.data, first.pair.recipe].join(" · "),
    detail: first === undefined ? "" : detailOf(first.pair, read.plan),
    pairs: row.map(({ pair, harmful, control }) => ({
      seed: pair.seed,
      harmful: served(pair.harmful, harmful),
      control: served(pair.control, control),
      againstControl:
        harmful?.againstControl == null
          ? null
          : {
              name: harmful.againstControl.verdict,
              words: controlVerdictWords[harmful.againstControl.verdict],
              sentence: harmful.againstControl.sentence,
            },
    })),
    means: { harmful: means("harmful"), control: means("control") },
    verdicts: counts.join(", "),
  };
}

/** Rate and order of a row, where they differ between rows. */
function detailOf({ peakRate, dataSeed }: PlanPair, { pairs }: StudyPlan): string {
  const isVaried = (of: (pair: PlanPair) => number | null): boolean => new Set(pairs.map(of)).size > 1;
  return [
    ...(isVaried((pair) => pair.peakRate) ? [`rate ${peakRate ?? "unknown"}`] : []),
    ...(isVaried((pair) => pair.dataSeed) ? [dataSeed === null ? "order by seed" : `order ${dataSeed}`] : []),
  ].join(", ");
}

function servedRun(
  standing: StandingRun,
  about: {
    readonly numbers: RunNumbers | null;
    readonly quantities: readonly StudyQuantity[];
    readonly read: StudyRead;
  },
): ServedStudyRun {
  const { run, isThere, state, step, planned, lacks, work, written, log } = standing;
  const { numbers, quantities, read } = about;
  return {
    ...{ run, isThere, state, step, planned, lacks, written, log },
    words: stateWords(standing),
    trouble: troubleOf(standing, read.unreadable.get(run) ?? null),
    work: work.map(({ what, host, pid, seconds }) => ({ what, worker: `${host}/${pid}`, seconds })),
    isPending: read.pending.includes(run),
    numbers: quantities.map((quantity) => servedNumber(numbers, quantity)),
  };
}

function stateWords({ state, step, planned, work }: StandingRun): string {
  const place = step === null ? "" : `step ${step}${planned === null ? "" : ` of ${planned}`}`;
  const withPlace = (words: string): string => (place === "" ? words : `${words}, ${place}`);
  switch (state) {
    case "training":
      return withPlace("training");
    case "interrupted":
      return withPlace("interrupted");
    case "measuring":
      return `measuring ${work.map(({ what }) => what).join(", ")}`;
    case "trained":
      return "trained";
    case "done":
      return "measured";
    case "failed":
      return "failed";
    case "unreadable":
      return "cannot be read";
    case "missing":
      return "missing";
  }
}

function troubleOf({ state, fault, trouble }: StandingRun, unread: string | null): ServedStudyRun["trouble"] {
  if (state === "failed" && fault !== null) {
    return { why: fault.message, fix: fault.hint, worker: fault.worker };
  }
  if (unread !== null) return { why: unread, fix: null, worker: null };
  if (state === "training" || state === "measuring" || trouble === null) return null;
  // The study's own command goes on with it; that of a single run is not what is wanted here.
  return { why: trouble.why, fix: state === "interrupted" ? null : trouble.fix, worker: null };
}

function servedNumber(numbers: RunNumbers | null, { id, of }: StudyQuantity): ServedNumber {
  if (numbers === null) return null;
  if (id === "direction") return servedTurn(numbers.direction);
  if (id === "behavior") return servedTurn(numbers.behavior);
  const interval =
    id === "disposition"
      ? numbers.disposition?.interval
      : id === "lag"
        ? undefined
        : numbers.answers?.[id].interval;
  if (interval === undefined) return null;
  return {
    estimate: { value: of(numbers), low: interval[0], high: interval[1] },
    ...{ verdict: null, reason: null },
    n: id === "disposition" ? null : (numbers.answers?.n ?? null),
  };
}

function servedTurn(turn: TurnNumbers | null): ServedNumber {
  if (turn === null) return null;
  const { verdict, step, interval, reason } = turn;
  return {
    estimate: verdict === "turns" ? { value: step, low: interval[0], high: interval[1] } : null,
    ...{ verdict: namedVerdict(verdict), reason, n: null },
  };
}

/** Tells whether a study measures what a number is of, so that its row is there before the number. */
function isPlanned({ id }: StudyQuantity, { follows }: StudyPlan): boolean {
  if (id === "direction") return true;
  if (id === "disposition") return follows.disposition !== null;
  return id !== "lag" && Object.keys(follows.answers).length > 0;
}

/** A turn that does not come is known too; a lag stands in no row, since it is of two others. */
function isKnown(numbers: RunNumbers, { id, of }: StudyQuantity): boolean {
  if (id === "lag") return false;
  if (id === "direction") return numbers.direction !== null;
  if (id === "behavior") return numbers.behavior !== null;
  return Number.isFinite(of(numbers));
}

function servedMean(found: SeedMean | undefined): ServedStudyMean | null {
  if (found === undefined) return null;
  const { n, mean, interval } = found;
  return { n, mean, low: finite(interval[0]), high: finite(interval[1]) };
}

function finite(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}

function nowhere(run: string): StandingRun {
  return {
    ...{ run, isThere: false, state: "missing", isTrained: false, step: null, planned: null },
    ...{ lacks: [], work: [], fault: null, trouble: null, written: null, log: [] },
  };
}
