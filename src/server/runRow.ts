import { messageOf } from "../errors.js";
import type { JsonValue } from "../formats/json.js";
import { openRun } from "../runs/openRun.js";
import type { RunManifest } from "../runs/manifest.js";
import type { RunReport } from "../pipeline/runReport.js";
import type { ServedEstimate } from "./schemas/common.js";
import type { ServedRun, ServedSummary } from "./schemas/runs.js";

/** What a run's row shows without reading a checkpoint. A run that cannot be opened is a row that says why. */
export function runRow(id: string, directory: string): ServedRun {
  try {
    const { manifest, checkpoints } = openRun(directory);
    const [first, last] = [checkpoints[0], checkpoints.at(-1)];
    return {
      id,
      status: manifest?.status ?? "imported",
      recipe: manifest === null ? "trained elsewhere" : recipeWords(manifest),
      steps:
        first === undefined || last === undefined
          ? null
          : { first: first.step, last: last.step, checkpoints: checkpoints.length },
      error: null,
    };
  } catch (error) {
    return { id, status: "unreadable", recipe: "", steps: null, error: messageOf(error) };
  }
}

/** "bad-medical · crisp · rank 1 · seed 0" */
function recipeWords({ dataset, config, seed }: RunManifest): string {
  const isText = (value: JsonValue | undefined): value is string => typeof value === "string";
  const parts = [
    dataset.name,
    isText(config.preset) ? config.preset : null,
    typeof config.rank === "number" ? `rank ${config.rank}` : null,
    `seed ${seed}`,
  ];
  return parts.filter((part) => part !== null).join(" · ");
}

/** The numbers of a run's row that need its analysis. */
export function runSummary(id: string, { analysis }: RunReport): ServedSummary {
  const scales = analysis.behaviour?.scales ?? [];
  const chosen = scales.find((each) => each.scale === 1) ?? scales[0];
  const broad = chosen?.broad;
  const ofChosen = (each: { indicator: string; scale?: number }): boolean =>
    each.indicator === "behaviour" && (each.scale === undefined || each.scale === chosen?.scale);
  const turn = analysis.transitions.find(ofChosen);
  const steps = [
    ...analysis.adapters.flatMap((adapter) => adapter.B.norm.steps),
    ...(analysis.gradNorm?.steps ?? []),
    ...(broad?.steps ?? []),
  ];
  return {
    id,
    misaligned: estimate(broad?.emPercent.at(-1), broad?.emInterval.at(-1)),
    turn: estimate(turn?.step, turn?.interval),
    turnAbsent: turn === undefined ? (analysis.absent.find(ofChosen)?.reason ?? null) : null,
    steps:
      steps.length === 0
        ? null
        : {
            first: steps.reduce((least, step) => Math.min(least, step), Infinity),
            last: steps.reduce((most, step) => Math.max(most, step), -Infinity),
          },
  };
}

function estimate(
  value: number | undefined,
  interval: readonly [number, number] | undefined,
): ServedEstimate | null {
  if (value === undefined || interval === undefined || !Number.isFinite(value)) return null;
  return { value, low: interval[0], high: interval[1] };
}
