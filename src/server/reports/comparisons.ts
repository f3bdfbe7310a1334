import { setTimeout as delay } from "node:timers/promises";
import { LRUCache } from "lru-cache";
import { isTurncoatError } from "../../errors.js";
import { detectors, type TransitionIndicator } from "../../analysis/transitions/detectors.js";
import { listedRun } from "../../pipeline/catalog/listedRun.js";
import { compareRuns, type Comparison, type RunToCompare } from "../../pipeline/comparison/compareRuns.js";
import { probesOfLayer } from "../../pipeline/results/probeResult.js";
import { BadRequest } from "../requestErrors.js";
import type { CompareQuery, ServedComparison } from "../schemas/compare.js";
import type { RunStore } from "./runStore.js";

/** Comparison of the runs that could be read, and of the others why not. */
export interface ReadComparison {
  readonly comparison: Comparison;
  readonly failed: ServedComparison["leftOut"];
}

/** Milliseconds for which a comparison is handed out without a look at the files of its runs: the figures of one page. */
const fresh = 1000;

/** Comparison that is kept, and when its runs were last looked at, by `performance.now()`. */
interface KeptComparison extends ReadComparison {
  readonly runs: readonly RunToCompare[];
  readonly seen: number;
}

/** Cache of the newest few comparisons: the figures of one page ask for the same. */
export class Comparisons {
  readonly #store: RunStore;
  readonly #kept = new LRUCache<string, KeptComparison>({ max: 4 });

  constructor(store: RunStore) {
    this.#store = store;
  }

  async compare({ run, byLog, align, by, fold, band, k }: CompareQuery): Promise<ReadComparison> {
    const key = JSON.stringify([run, byLog, align, by, fold, band, k]);
    const kept = this.#kept.get(key);
    if (kept !== undefined && performance.now() - kept.seen < fresh) return kept;
    const { runs, failed } = await runsOf(this.#store, run, byLog);
    const seen = performance.now();
    // The store hands out one record of a run until its files change.
    const isSame = kept?.runs.length === runs.length;
    if (isSame && kept.runs.every(({ analysis }, index) => analysis === runs[index]?.analysis)) {
      const again = { ...kept, failed, seen };
      this.#kept.set(key, again);
      return again;
    }
    const comparison = compareRuns(runs, {
      alignment: align,
      indicator: indicatorNamed(by),
      isFolded: fold,
      band,
      ...(k === undefined ? {} : { k }),
    });
    const made = { comparison, failed, runs, seen };
    this.#kept.set(key, made);
    return made;
  }
}

/**
 * Milliseconds that a first answer waits for what is kept, then for all runs; that each later one waits for more of
 * them; and after which an answer comes in any case.
 */
const [kept, soon, more, latest] = [800, 200, 2000, 4000];

/**
 * Waits a while for runs to be read: the first of them, in their order, as far as they are done by then. The others go
 * on, two at a time.
 * @param have number of runs that the reader has already; -1 for a reader who has nothing
 */
export async function readSoon(
  store: RunStore,
  ids: readonly string[],
  have: number,
): Promise<readonly string[]> {
  // Those that an earlier server has kept are soon there.
  if (have < 0) {
    const all = Promise.allSettled(ids.map((id) => store.completeKept(id)));
    await Promise.race([all, delay(kept, undefined, { ref: false })]);
  }
  const began = performance.now();
  let done = 0;
  while (done < ids.length) {
    const [next = "", after] = ids.slice(done);
    // One that cannot be read is left out, and the reason told.
    const isRead = store
      .completeReport(next)
      .catch(() => null)
      .then(() => true);
    if (after !== undefined) store.completeReport(after).catch(() => undefined);
    const patience = have < 0 ? soon : done > have ? more : latest;
    const wait = patience - (performance.now() - began);
    const isDone = await Promise.race([isRead, delay(Math.max(0, wait), false, { ref: false })]);
    if (!isDone) break;
    done++;
  }
  return ids.slice(0, done);
}

/** Reads runs to compare, some by their logs alone; of several, those that cannot be read are told apart. */
async function runsOf(
  store: RunStore,
  ids: readonly string[],
  byLog: readonly string[],
): Promise<{ readonly runs: RunToCompare[]; readonly failed: ServedComparison["leftOut"] }> {
  const runs: RunToCompare[] = [];
  const failed: { id: string; reason: string }[] = [];
  for (const id of byLog) store.logPreview(id).catch(() => undefined);
  // One after the other: together they would analyse all at once.
  for (const id of ids) {
    const directory = store.directoryOf(id);
    try {
      const { recipe, recipeKey, seed } = listedRun(id, directory, Date.now());
      if (byLog.includes(id)) {
        const { analysis } = await store.logPreview(id);
        runs.push({ id, analysis, probe: null, recipe, recipeKey, seed, isByLog: true });
        continue;
      }
      const { analysis, probes, control } = await store.completeReport(id);
      const probe = probes === null ? null : (probesOfLayer(probes)?.probe ?? null);
      runs.push({ id, analysis, probe, recipe, recipeKey, seed, control });
    } catch (error) {
      if (!isTurncoatError(error) || ids.length === 1) throw error;
      failed.push({ id, reason: error.message });
    }
  }
  return { runs, failed };
}

/** The indicator of a name. @throws BadRequest naming those that there are */
export function indicatorNamed(name: string): TransitionIndicator {
  const detector = detectors.find((each) => each.name === name);
  if (detector !== undefined) return detector.name;
  const known = detectors.map((each) => each.name).join(", ");
  throw new BadRequest(`by: expected one of ${known}, found ${JSON.stringify(name)}`);
}
