import { defaultThresholds } from "../../analysis/behavior/rates.js";
import { namedVerdict } from "../../analysis/transitions/verdictWords.js";
import { transitionStep } from "../../analysis/comparison/aggregateRuns.js";
import type { ComparedNumber } from "../../analysis/comparison/comparedNumbers.js";
import { commonPathsFigure } from "../../figures/compare/commonPathsFigure.js";
import { compareDirectionsFigure } from "../../figures/compare/compareDirectionsFigure.js";
import type { Figure } from "../../figures/figure.js";
import { shortNames } from "../../figures/style/shortNames.js";
import { runStyle } from "../../figures/style/runStyles.js";
import type { EventName } from "../../analysis/transitions/detectors.js";
import type { DirectionWanted } from "../../pipeline/directions/compareDirections.js";
import type { Comparison } from "../../pipeline/comparison/compareRuns.js";
import { namedControlOf } from "../../pipeline/report/controlledRun.js";
import { pairSentence } from "../../analysis/controls/controlWords.js";
import { listedRun } from "../../pipeline/catalog/listedRun.js";
import { figureNamed } from "../reports/figureNamed.js";
import { NotFound } from "../requestErrors.js";
import { Comparisons, indicatorNamed, readSoon } from "../reports/comparisons.js";
import type { RunStore } from "../reports/runStore.js";
import {
  compareFigureParams,
  compareFigureQuery,
  compareQuery,
  comparisonQuery,
  comparisonSchema,
  directionsQuery,
  type CompareQuery,
  type ServedComparison,
} from "../schemas/compare.js";
import { figureQuery, figureSchema, tableSchema } from "../schemas/figures.js";
import { servedFigure } from "../reports/servedFigure.js";
import { jsonRoute, type Route } from "./route.js";

/** Routes to a comparison of several runs: over one axis, in numbers, and by their directions. */
export function compareRoutes(store: RunStore): Route[] {
  const comparisons = new Comparisons(store);
  const figureOf = async (query: CompareQuery, figureId: string): Promise<Comparison["figures"][number]> => {
    const { comparison } = await comparisons.compare(query);
    const events = comparison.events && { id: "events", onStepAxis: false, figure: comparison.events };
    return figureNamed(
      [...(events === null ? [] : [events]), ...comparison.figures],
      figureId,
      "of this comparison",
    );
  };
  return [
    jsonRoute({
      method: "get",
      path: "/compare",
      summary: "Several runs beside each other, without the data of the figures",
      query: comparisonQuery,
      response: comparisonSchema,
      answer: async ({ query: { have, ...query } }) => {
        const read = have === undefined ? query.run : await readSoon(store, query.run, have);
        const pending = query.run.filter((id) => !read.includes(id));
        const byLog = have === undefined ? query.byLog : pending;
        const { comparison, failed } = await comparisons.compare({ ...query, byLog });
        return {
          ...servedComparison(comparison, { runs: query.run, failed, pending }, store),
          paired: pending.length === 0 ? await pairedWords(store, query.run) : null,
        };
      },
    }),
    jsonRoute({
      method: "get",
      path: "/compare/figures/:figureId",
      summary: "Several runs in one quantity, as plotly draws it",
      params: compareFigureParams,
      query: compareFigureQuery,
      response: figureSchema,
      answer: async ({ params, query }) => servedFigure(await figureOf(query, params.figureId), query),
    }),
    jsonRoute({
      method: "get",
      path: "/compare/figures/:figureId/table",
      summary: "The data behind it, complete and unrounded",
      params: compareFigureParams,
      query: compareQuery,
      response: tableSchema,
      answer: async ({ params, query }) => (await figureOf(query, params.figureId)).figure.meta.table,
    }),
    jsonRoute({
      method: "get",
      path: "/compare/directions",
      summary: "Cosines between the directions of runs, as plotly draws them",
      query: directionsQuery,
      response: figureSchema,
      answer: async ({ query }) =>
        servedFigure(
          { id: "directions", onStepAxis: false, figure: await directionsFigure(store, query) },
          { ...figureQuery.parse({}), theme: query.theme },
        ),
    }),
    jsonRoute({
      method: "get",
      path: "/compare/directions/table",
      summary: "Cosines between the directions of runs, unrounded",
      query: directionsQuery,
      response: tableSchema,
      answer: async ({ query }) => (await directionsFigure(store, query)).meta.table,
    }),
  ];
}

async function directionsFigure(
  store: RunStore,
  { run, of, at, align, by }: (typeof directionsQuery)["_output"],
): Promise<Figure> {
  const directories = run.map((id) => store.directoryOf(id));
  if (of === "paths") {
    const runs = run.map((id, index) => ({ id, run: directories[index] ?? "" }));
    const { paths, absent } = await store.readRuns("paths", { runs }, directories);
    const figure = paths && commonPathsFigure(paths, { placeOf: (id) => run.indexOf(id) });
    return withAbsent(figure, absent);
  }
  const wanted: DirectionWanted[] = [];
  for (const [index, id] of run.entries()) {
    const directory = directories[index] ?? "";
    wanted.push({
      id,
      run: directory,
      step: at === undefined ? undefined : await stepAt(store, id, { at, align, by }),
    });
  }
  const { compared, absent } = await store.readRuns("directions", { runs: wanted, of }, directories);
  return withAbsent(compared === null ? null : compareDirectionsFigure(compared), absent);
}

/** A figure that says which runs it is without, and why. @throws NotFound where there is none */
function withAbsent(
  figure: Figure | null,
  absent: readonly { readonly id: string; readonly reason: string }[],
): Figure {
  const reasons = absent.map(({ id, reason }) => `${id}: ${reason}`).join("; ");
  if (figure === null) {
    throw new NotFound("there are no two runs with such a direction", {
      hint: reasons === "" ? "Choose two runs or more." : reasons,
    });
  }
  if (absent.length === 0) return figure;
  return { ...figure, meta: { ...figure.meta, caption: `${figure.meta.caption} Without it: ${reasons}.` } };
}

/** Step of a run that stands at a position of the axis. */
async function stepAt(
  store: RunStore,
  id: string,
  { at, align, by }: { readonly at: number } & Pick<CompareQuery, "align" | "by">,
): Promise<number> {
  if (align === "step") return at;
  const { analysis } = await store.completeReport(id);
  if (align === "transition") {
    const origin = transitionStep(analysis, indicatorNamed(by));
    return Number.isFinite(origin) ? origin + at : at;
  }
  return (at / 100) * ((analysis.whole ?? analysis.adapters[0]?.B.norm)?.steps.at(-1) ?? 0);
}

/** Finds the runs that are the named control of another among them: that other by their own id. */
function controlsAmong(store: RunStore, ids: readonly string[]): ReadonlyMap<string, string> {
  const idOf = new Map(ids.map((id) => [store.directoryOf(id), id]));
  return new Map(
    ids.flatMap((id): (readonly [string, string])[] => {
      const control = idOf.get(namedControlOf(store.directoryOf(id)) ?? "");
      return control === undefined ? [] : [[control, id]];
    }),
  );
}

/** Says of two runs of which one is the control that the other names so, and the verdicts; null of any others. */
async function pairedWords(store: RunStore, ids: readonly string[]): Promise<string | null> {
  const [one, other] = ids;
  if (one === undefined || other === undefined || ids.length > 2) return null;
  for (const [run, named] of [
    [one, other],
    [other, one],
  ] as const) {
    if (namedControlOf(store.directoryOf(run)) !== store.directoryOf(named)) continue;
    const { control, analysis } = await store.completeReport(run);
    if (control === null) continue;
    const { usualScale } = analysis.behavior ?? {};
    const usual = control.verdicts.filter(({ scale }) => scale === null || scale === usualScale);
    return pairSentence(run, named, usual);
  }
  return null;
}

function servedComparison(
  comparison: Comparison,
  {
    runs: ids,
    failed,
    pending,
  }: {
    readonly runs: readonly string[];
    readonly failed: ServedComparison["leftOut"];
    readonly pending: readonly string[];
  },
  store: RunStore,
): Omit<ServedComparison, "paired"> {
  const { groups, leftOut, axis, indicators, windows, k, about, words, events, figures, numbers } =
    comparison;
  const read = ids.filter((id) => !failed.some((each) => each.id === id));
  const labels = shortNames(read);
  const controls = controlsAmong(store, read);
  return {
    pending,
    runs: read.map((id, index) => {
      const { recipe, seed, steps } = listedRun(id, store.directoryOf(id), Date.now());
      const curve = groups.findIndex(({ runs }) => runs.includes(id));
      const [label = id, controlOf = null] = [labels[index], controls.get(id)];
      return { id, label, recipe, seed, controlOf, steps: steps && [steps.first, steps.last], curve };
    }),
    curves: groups.map(({ name, label, recipe, runs, place }) => {
      const { color, dash, symbol } = runStyle(place);
      return {
        name,
        label,
        recipe,
        runs,
        style: { light: color, dark: runStyle(place, { theme: "dark" }).color, dash, symbol },
      };
    }),
    leftOut: [...failed, ...leftOut],
    axis: { title: axis.title, positions: axis.positions, range: axis.range },
    indicators: indicators.map((name) => ({ name, words: words(name) })),
    windows,
    k: Number.isFinite(k) ? k : null,
    about,
    thresholds: defaultThresholds,
    hasEvents: events !== null,
    figures: figures.map(({ id, figure }) => ({ id, title: figure.meta.title })),
    numbers: numbers.map((number) => servedNumber(number, words)),
  };
}

function servedNumber(
  { quantity, cells, means }: ComparedNumber,
  words: (name: EventName) => string,
): ServedComparison["numbers"][number] {
  const bound = (value: number): number | null => (Number.isFinite(value) ? value : null);
  return {
    ...titleOf(quantity, words),
    event: quantity.kind === "turn" ? quantity.indicator : null,
    cells: cells.map(({ value, interval: [low, high], reason, verdict, againstControl }) => ({
      estimate: Number.isFinite(value) ? { value, low, high } : null,
      reason,
      verdict: verdict === null ? null : namedVerdict(verdict),
      againstControl,
    })),
    means: means.map(({ n, mean, interval: [low, high] }) =>
      n < 2 ? null : { value: mean, low: bound(low), high: bound(high), n },
    ),
  };
}

function titleOf(
  quantity: ComparedNumber["quantity"],
  words: (name: EventName) => string,
): Pick<ServedComparison["numbers"][number], "title" | "unit"> {
  if (quantity.kind === "rate") return { title: `${quantity.of} at the end`, unit: "%" };
  if (quantity.kind === "turn") return { title: words(quantity.indicator), unit: "step" };
  return { title: `${words(quantity.from)} → ${words(quantity.to)}`, unit: "steps" };
}
