import type { HostileResult } from "./hostile.js";
import type { KillRow } from "./kills.js";
import type { MutationRow } from "./mutations.js";

type Cell = string | number;

/** Writes a Markdown table. */
function table(head: readonly Cell[], rows: readonly (readonly Cell[])[]): string {
  const line = (cells: readonly Cell[]): string => `| ${cells.join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}

/** Writes a table of counts by name, with their sums in a last row. */
function countTable(head: readonly string[], rows: readonly (readonly [string, ...number[]])[]): string {
  const sums = head
    .slice(1)
    .map((_, column) => rows.reduce((sum, [, ...counts]) => sum + (counts[column] ?? 0), 0));
  return table(head, [...rows, ["all", ...sums]]);
}

/** Table of the kills, by command. */
export function killTable(rows: readonly KillRow[]): string {
  return countTable(
    ["command", "kills", "ended and compared", "half-written files left beside", "failures"],
    rows.map((row) => [row.command, row.kills, row.trials, row.leftOver, row.failures.length]),
  );
}

/** Table of the mutated inputs, by parser. */
export function mutationTable(rows: readonly MutationRow[]): string {
  return countTable(
    ["parser", "mutated inputs", "read", "refused in one line", "failures"],
    rows.map((row) => [row.parser, row.inputs, row.accepted, row.refused, row.failures.length]),
  );
}

/** Table of the hostile runs. */
export function hostileTable(result: HostileResult): string {
  const { slowest, slowestHealthy } = result;
  return table(
    ["what", "found"],
    [
      ["hostile runs", result.runs],
      ["requests about them", result.requests],
      ["slowest answer about them", `${Math.round(slowest.milliseconds)} ms (${slowest.address})`],
      ["requests about the healthy run meanwhile", result.healthyRequests],
      [
        "slowest answer about it",
        `${Math.round(slowestHealthy.milliseconds)} ms (${slowestHealthy.address})`,
      ],
      ["most memory of one process", `${result.memory.largest} MB (${result.memory.after})`],
      ["most memory of all its processes together", `${result.memory.together} MB`],
      ["end after SIGTERM", `${Math.round(result.ended)} ms`],
      ["failures", result.failures.length],
    ],
  );
}
