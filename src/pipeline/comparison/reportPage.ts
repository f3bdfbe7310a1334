import { basename } from "node:path";
import type { ComparedNumber, ComparedCell } from "../../analysis/comparison/comparedNumbers.js";
import { verdictWords } from "../../analysis/transitions/verdictWords.js";
import { eventWords } from "../../analysis/transitions/events.js";
import type { StandaloneOverview } from "../../figures/standalone/overview.js";
import type { StandalonePage } from "../../figures/standalone/standaloneHtml.js";
import { partOfReport } from "../report/page/reportPart.js";
import { buildRunReport, type RunReport, type RunReportOptions } from "../report/runReport.js";
import { compareRuns } from "./compareRuns.js";

/** Options of an offline page about runs. */
export interface ReportPageOptions extends Pick<RunReportOptions, "evaluation" | "controls"> {
  /** @default made from the names of the runs */
  readonly title?: string | undefined;
}

/**
 * Builds an offline page about runs: of several first a table of them with what turns when and one curve over all, then a
 * run each, with its findings, sampled answers around its events, and every figure.
 *
 * @throws TurncoatError where one is no run, or nothing in it can be read
 */
export async function reportPage(
  directories: readonly string[],
  { title, ...options }: ReportPageOptions = {},
): Promise<Omit<StandalonePage, "plotlyBundle">> {
  const reports: RunReport[] = [];
  for (const directory of directories) reports.push(await buildRunReport(directory, options));
  const names = distinctNames(directories);
  const parts = reports.map((report, index) => ({
    ...partOfReport(directories[index] ?? "", report),
    title: names[index] ?? "",
  }));
  return {
    title: title ?? `Turncoat: ${names.join(", ")}`,
    parts,
    ...(reports.length < 2 ? {} : { overview: overviewOf(reports, names) }),
  };
}

/** Names of folders; their paths where two have the same. */
function distinctNames(directories: readonly string[]): string[] {
  const names = directories.map((directory) => basename(directory));
  return names.map((name, index) =>
    names.filter((each) => each === name).length === 1 ? name : (directories[index] ?? name),
  );
}

/** Table of runs with what they end at and where they turn, their time line, and the first curve that any of them has. */
function overviewOf(reports: readonly RunReport[], names: readonly string[]): StandaloneOverview {
  const { figures, events, numbers } = compareRuns(
    reports.map(({ analysis, recipe, control }, index) => ({
      id: names[index] ?? "",
      analysis,
      control,
      probe: null,
      recipe,
      recipeKey: null,
      seed: null,
    })),
  );
  // Lags are differences of what stands there already.
  const shown = numbers.filter(({ quantity }) => quantity.kind !== "lag");
  return {
    columns: ["run", "recipe", ...shown.map(({ quantity }) => columnOf(quantity))],
    rows: reports.map(({ recipe }, index) => [
      names[index] ?? "",
      recipe,
      ...shown.map(({ quantity, cells }) => cellWords(quantity, cells[index])),
    ]),
    figures: [...(events === null ? [] : [events]), ...figures.slice(0, 1).map(({ figure }) => figure)],
  };
}

function columnOf(quantity: ComparedNumber["quantity"]): string {
  if (quantity.kind === "rate") return quantity.of === "misaligned" ? "EM at the end" : "coherent at the end";
  return quantity.kind === "turn" ? `${eventWords(quantity.indicator)} at step` : "";
}

function cellWords({ kind }: ComparedNumber["quantity"], cell: ComparedCell | undefined): string {
  if (cell === undefined) return "–";
  const { value, interval, reason, verdict } = cell;
  // The part of the run says why.
  if (!Number.isFinite(value)) return verdict === null ? (reason ?? "–") : verdictWords[verdict];
  const digits = kind === "rate" ? 0 : 1;
  const number = (each: number): string => String(Number(each.toFixed(digits))).replace("-", "−");
  const bounds = interval.every(Number.isFinite) ? ` [${interval.map(number).join(", ")}]` : "";
  return `${number(value)}${kind === "rate" ? " %" : ""}${bounds}`;
}
