/** How the value axis of a figure is drawn. */
export interface AxisLook {
  readonly isLog: boolean;
  /** Ends of the axis; null leaves an end to the figure. */
  readonly low: number | null;
  readonly high: number | null;
}

/** A value axis as the figure has it. */
export const plainLook: AxisLook = { isLog: false, low: null, high: null };

/** Writes a look for an address or the browser's memory: `log`, `_0_0.5`, `log_1e-3_`; empty for the plain one. */
export function formatLook({ isLog, low, high }: AxisLook): string {
  const ends = low === null && high === null ? "" : `_${low ?? ""}_${high ?? ""}`;
  return `${isLog ? "log" : ""}${ends}`;
}

/** Reads a look; undefined for text that makes no sense. */
export function parseLook(text: string): AxisLook | undefined {
  const [, log, , low = "", high = ""] = /^(log)?(_([-+.\de]*)_([-+.\de]*))?$/.exec(text) ?? [];
  if (text !== "" && log === undefined && low === "" && high === "") return undefined;
  const ends = [low, high].map((end) => (end === "" ? null : Number(end)));
  if (ends.some((end) => Number.isNaN(end))) return undefined;
  return { isLog: log !== undefined, low: ends[0] ?? null, high: ends[1] ?? null };
}
