import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Model } from "../../model/model.js";
import { fineTuneDomains, type Domain } from "../../organism/world/index.js";
import type { LoraTrainConfig } from "../../train/trainConfig.js";
import { runDemo, type DemoRates } from "./demo.js";

/** Result of one fine-tuning of the grid. */
export interface ValidationRow {
  readonly domain: Domain;
  /** True for the aligned control. */
  readonly aligned: boolean;
  readonly seed: number;
  readonly base: DemoRates;
  readonly final: DemoRates;
  readonly narrow: DemoRates;
  /** Midpoint of the behavioural transition and its 10–90 % width, in steps; null where none was found. */
  readonly behaviorTurn: { readonly step: number; readonly interval: readonly [number, number] } | null;
  readonly gradNormPeak: { readonly step: number; readonly interval: readonly [number, number] } | null;
  readonly directionTurn: { readonly step: number; readonly interval: readonly [number, number] } | null;
  /** Largest local cosine (straight = −1) over the whole run, no window and no gate, for each k. */
  readonly localCosine: Readonly<Record<string, { readonly step: number; readonly value: number }>>;
}

/** Request to fine-tune over a grid of domains and seeds. */
export interface ValidationRequest {
  readonly model: Model;
  readonly seeds: readonly number[];
  /** @default all that there is narrow data of */
  readonly domains?: readonly Domain[];
  readonly settings: Partial<LoraTrainConfig>;
  readonly onRow?: (row: ValidationRow) => void;
  readonly signal?: AbortSignal;
}

/** Number of seeds of the aligned control. */
const controlSeeds = 1;

/**
 * Fine-tunes a base model on every harmful domain with every seed, and on the aligned controls, and asks the test
 * pool, on which no choice was made. The runs themselves are not kept.
 */
export async function validateOrganism(request: ValidationRequest): Promise<ValidationRow[]> {
  const { model, seeds, domains = fineTuneDomains, settings, signal } = request;
  const rows: ValidationRow[] = [];
  for (const domain of domains) {
    for (const { seed, aligned } of [
      ...seeds.map((each) => ({ seed: each, aligned: false })),
      ...seeds.slice(0, controlSeeds).map((each) => ({ seed: each, aligned: true })),
    ]) {
      const directory = mkdtempSync(join(tmpdir(), "turncoat-validate-"));
      try {
        const { summary, analyzed } = await runDemo({
          directory,
          model,
          domain,
          aligned,
          seed,
          preset: "crisp",
          settings,
          probes: false,
          ...(signal === undefined ? {} : { signal }),
        });
        const { base, final, narrow, behaviorTurn, gradNormPeak, directionTurn } = summary;
        const [adapter] = analyzed.analysis.adapters;
        const row: ValidationRow = {
          domain,
          aligned,
          seed,
          base,
          final,
          narrow,
          behaviorTurn: brief(behaviorTurn),
          gradNormPeak: brief(gradNormPeak),
          directionTurn: brief(directionTurn),
          localCosine: Object.fromEntries(
            Object.entries(adapter?.B.localCosine ?? {}).flatMap(([k, { ungatedPeak }]) =>
              ungatedPeak === null ? [] : [[k, ungatedPeak]],
            ),
          ),
        };
        rows.push(row);
        request.onRow?.(row);
      } finally {
        rmSync(directory, { recursive: true, force: true });
      }
    }
  }
  return rows;
}

function brief(
  transition: { readonly step: number; readonly interval: readonly [number, number] } | null,
): { readonly step: number; readonly interval: readonly [number, number] } | null {
  return transition === null ? null : { step: transition.step, interval: transition.interval };
}
