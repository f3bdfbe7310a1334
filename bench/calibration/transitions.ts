/**
 * How often the transition detectors are right: false alarms where nothing happens, and detection, bias and coverage of
 * the interval where an event was planted. Every trial is a function of its seed, so that they can be shared among as
 * many processes as there are cores.
 */
import { availableParallelism } from "node:os";
import { LineProcess } from "../harness/lineProcess.js";
import { trialsSchema, type TrialRequest } from "./messages.js";
import { detectors } from "../../src/analysis/transitions/detectors.js";
import { trialsOf } from "../../test/support/trials/detectorTrials.js";
import {
  detectionOf,
  falseAlarmsByKind,
  falseAlarmsOf,
  type Detection,
  type FalseAlarms,
  type FoundEvent,
} from "./rates.js";

export interface TransitionsBench {
  readonly seconds: number;
  readonly processes: number;
  readonly falseAlarms: readonly FalseAlarms[];
  readonly detection: readonly Detection[];
}

/** Trials of one request: enough to be worth the message, few enough to end together. */
const chunk = 25;

/**
 * @param options trials of every family of nulls and of every event, and the indicators that are tried. @default all
 */
export async function transitionsBench(
  options: {
    nulls?: number | undefined;
    trials?: number | undefined;
    resamples?: number;
    indicators?: readonly string[] | undefined;
  } = {},
): Promise<TransitionsBench> {
  const { nulls = 1000, trials = 50, resamples = 99, indicators } = options;
  const start = performance.now();
  const all = detectors.flatMap(({ name }) => {
    if (indicators !== undefined && !indicators.includes(name)) return [];
    const trialsOfName = trialsOf(name);
    return trialsOfName === null ? [] : [{ name, ...trialsOfName }];
  });
  const requests = all.flatMap(({ name, nulls: families, events }): TrialRequest[] => [
    ...Object.keys(families).flatMap((_, row) =>
      chunks({ indicator: name, kind: "null", row, resamples }, nulls),
    ),
    ...events.flatMap((_, row) => chunks({ indicator: name, kind: "event", row, resamples }, trials)),
  ]);
  const processes = availableParallelism();
  const found = await shared(requests, processes);
  const of = (indicator: string, kind: TrialRequest["kind"], row: number): readonly FoundEvent[] =>
    found.get(keyOf({ indicator, kind, row })) ?? [];
  return {
    seconds: Math.round((performance.now() - start) / 1000),
    processes,
    falseAlarms: all.flatMap(({ name, nulls: families }) =>
      falseAlarmsOf(
        name,
        Object.keys(families).map((family, row) => ({
          family,
          trials: nulls,
          alarms: of(name, "null", row).length,
        })),
      ),
    ),
    detection: all.flatMap(({ name, events }) =>
      events.map((event, row) => detectionOf(name, event, trials, of(name, "event", row))),
    ),
  };
}

function chunks(what: Omit<TrialRequest, "from" | "to">, total: number): TrialRequest[] {
  return Array.from({ length: Math.ceil(total / chunk) }, (_, index) => ({
    ...what,
    from: index * chunk,
    to: Math.min(total, (index + 1) * chunk),
  }));
}

/** What is found, by row; each process asks for the next request when it has answered one. */
async function shared(
  requests: readonly TrialRequest[],
  processes: number,
): Promise<ReadonlyMap<string, readonly FoundEvent[]>> {
  const found = new Map<string, FoundEvent[]>();
  const workers = Array.from(
    { length: processes },
    (_, index) => new LineProcess(`trials ${index}`, "calibration/worker.ts"),
  );
  let next = 0;
  try {
    await Promise.all(
      workers.map(async (worker) => {
        for (let request = requests[next++]; request !== undefined; request = requests[next++]) {
          if (next % 100 === 0) console.error(`  ${next} of ${requests.length} parts`);
          const answer = await worker.ask(request, trialsSchema);
          const key = keyOf(request);
          found.set(key, [...(found.get(key) ?? []), ...answer.found]);
        }
      }),
    );
  } finally {
    for (const worker of workers) worker.stop();
  }
  return found;
}

function keyOf({ indicator, kind, row }: Pick<TrialRequest, "indicator" | "kind" | "row">): string {
  return `${indicator} ${kind} ${row}`;
}

/** The result as three tables in Markdown: false alarms by kind of family and by family, and planted events. */
export function transitionsText({ seconds, processes, falseAlarms, detection }: TransitionsBench): string {
  const table = (
    header: readonly string[],
    left: number,
    rows: readonly (readonly (string | number | null)[])[],
  ): string[] => [
    `| ${header.join(" | ")} |`,
    `| ${header.map((_, column) => (column < left ? "---" : "--:")).join(" | ")} |`,
    ...rows.map((row) => `| ${row.map((cell) => (cell === null ? "–" : String(cell))).join(" | ")} |`),
  ];
  return [
    ...table(
      ["indicator", "nothing happens, and", "alarms", "trials", "%", "interval", "most in"],
      2,
      falseAlarmsByKind(falseAlarms).map((row) => [
        row.indicator,
        row.family,
        row.alarms,
        row.trials,
        row.percent,
        `[${row.interval.join(", ")}]`,
        row.worst,
      ]),
    ),
    "",
    ...table(
      ["indicator", "nothing happens as in", "alarms", "trials", "%", "interval"],
      2,
      falseAlarms.map(({ indicator, family, alarms, trials, percent, interval }) => [
        indicator,
        family,
        alarms,
        trials,
        percent,
        `[${interval.join(", ")}]`,
      ]),
    ),
    "",
    ...table(
      ["indicator", "event", "noise", "detected %", "error", "covered %", "interval length"],
      3,
      detection.map(({ indicator, size, noise, detectedPercent, bias, coveredPercent, intervalLength }) => [
        indicator,
        size,
        noise,
        detectedPercent,
        bias,
        coveredPercent,
        intervalLength,
      ]),
    ),
    "",
    `${detection[0]?.trials ?? 0} trials of every event; ${seconds} s in ${processes} processes.`,
  ].join("\n");
}
