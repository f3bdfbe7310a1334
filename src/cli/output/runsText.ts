import type { JsonValue } from "../../formats/json.js";
import type { RunsDiff } from "../../pipeline/catalog/diffRuns.js";
import type { ListedRun } from "../../pipeline/catalog/listedRun.js";
import type { RunSummary } from "../../pipeline/report/runSummary.js";
import type { RunGap } from "../../runs/openRun.js";
import { significant, textTable } from "./tables/textTable.js";
import { commandLine } from "../../hints.js";

type SummarizedRun = ListedRun & { readonly summary: RunSummary | null };

/** Runs as a table, and under it what is wrong with which. */
export function listText(runs: readonly SummarizedRun[]): string {
  if (runs.length === 0) return `There are no runs here yet.\nnext: ${commandLine("demo")}`;
  const table = textTable([
    ["run", "status", "recipe", "seed", "steps", "misaligned %", "turn"],
    ...runs.map((run) => [
      run.id,
      run.status,
      run.recipe === "" ? "–" : run.recipe,
      run.seed === null ? "–" : String(run.seed),
      stepsWords(run),
      misalignedWords(run.summary),
      turnWords(run.summary),
    ]),
  ]);
  const troubles = runs.flatMap(({ id, trouble }) =>
    trouble === null ? [] : [`${id}: ${trouble.why}${trouble.fix === null ? "" : `\n  fix: ${trouble.fix}`}`],
  );
  return [table, ...(troubles.length === 0 ? [] : ["", ...troubles])].join("\n");
}

/** One run in a few lines. */
export function runText(
  run: SummarizedRun,
  { gaps, warnings }: { readonly gaps: readonly RunGap[]; readonly warnings: readonly string[] },
): string {
  const { summary, trouble } = run;
  return [
    `${run.id}: ${run.status}${trouble === null ? "" : `; ${trouble.why}`}`,
    ...(trouble?.fix === undefined || trouble.fix === null ? [] : [`fix: ${trouble.fix}`]),
    `recipe: ${run.recipe}${run.seed === null ? "" : `, seed ${run.seed}`}`,
    `checkpoints: ${run.steps === null ? "none yet" : `${run.steps.checkpoints}, steps ${stepsWords(run)}`}`,
    `misaligned at the end: ${summary?.misaligned ? `${misalignedWords(summary)} %` : "not evaluated"}`,
    `turn of behaviour: ${turnWords(summary)}${summary?.turnAbsent ? ` (${summary.turnAbsent})` : ""}`,
    ...gaps.map(({ step, reason }) => `missing: step ${step}: ${reason}`),
    ...warnings.map((warning) => `warning: ${warning}`),
  ].join("\n");
}

/** Settings that differ as a table, a column a run. */
export function diffText(directories: readonly string[], diff: RunsDiff): string {
  const unknown = directories.filter((_, index) => diff.isKnown[index] === false);
  const counted = `${diff.differences.length} of ${diff.compared} settings differ`;
  const left = diff.ignore.length === 0 ? "" : `; left out: ${diff.ignore.join(", ")}`;
  return [
    textTable([
      ["setting", ...directories],
      ...diff.differences.map(({ setting, values }) => [setting, ...values.map(valueWords)]),
    ]),
    `${counted}${left}.`,
    ...unknown.map((directory) => `${directory} was trained elsewhere and does not say how.`),
  ].join("\n");
}

function valueWords(value: JsonValue | undefined): string {
  if (value === undefined) return "–";
  return typeof value === "string" ? value : JSON.stringify(value);
}

function stepsWords({ steps }: ListedRun): string {
  return steps === null ? "–" : `${steps.first}–${steps.last}`;
}

function misalignedWords(summary: RunSummary | null): string {
  if (!summary?.misaligned) return "–";
  const { value, low, high } = summary.misaligned;
  return `${significant(value)} [${significant(low)}, ${significant(high)}]`;
}

function turnWords(summary: RunSummary | null): string {
  if (!summary?.misaligned) return "–";
  if (summary.turn === null) return summary.turnVerdict?.words ?? "–";
  return `${summary.turn.value} [${summary.turn.low}, ${summary.turn.high}]`;
}
