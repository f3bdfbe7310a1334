import { createHash } from "node:crypto";
import { join } from "node:path";
import { TurncoatError } from "../../errors.js";
import type { ChatTokenizer, TokenizedChat } from "../../model/tokenizer/chatTokenizer.js";
import { manifestFile } from "../../runs/layout.js";
import type { Run } from "../../runs/openRun.js";
import { Random } from "../../tensor/random.js";
import { tokenizeDataset, type Dataset } from "../../train/data/dataset.js";
import { splitIndices } from "../../train/data/split.js";
import type { TrainConfig } from "../../train/trainConfig.js";
import { decodeTrainConfig } from "../../train/trainRecord.js";
import { openDataset } from "../data/openDataset.js";
import { recordedDataset } from "../data/recordedDataset.js";

/** Conversations that losses of a run are of. */
export interface LandscapeSample {
  readonly data: string;
  readonly chats: readonly TokenizedChat[];
  /** Answer tokens of each conversation. */
  readonly tokens: readonly number[];
  /** Hash of the tokens: equal ones are the same conversations. */
  readonly sha256: string;
}

/** Choice of conversations. */
export interface SampleChoice {
  /** File or name of a built-in data set, for all runs. @default each run's own training data */
  readonly data?: string | undefined;
  readonly samples: number;
  readonly seed: number;
}

/**
 * Draws the conversations that losses of runs are of: some that each was trained on, cut as they were in training, none
 * that any of the runs held out. Runs on the same data get the same ones.
 *
 * @returns one a run
 * @throws TurncoatError where a run does not say what it was trained on, or that is not there
 */
export function landscapeSamples(
  runs: readonly Run[],
  tokenizer: ChatTokenizer,
  { data, samples, seed }: SampleChoice,
): LandscapeSample[] {
  const known = runs.map((run) => ({ dataset: datasetOf(run, data), config: configOf(run) }));
  const drawn = new Map<string, LandscapeSample>();
  return known.map(({ dataset }) => {
    const { sha256 } = dataset;
    const found = drawn.get(sha256);
    if (found !== undefined) return found;
    const sharing = known.filter((each) => each.dataset.sha256 === sha256).map(({ config }) => config);
    const isTrainedOn = data === undefined;
    const sample = drawSample(dataset, tokenizer, sharing, { samples, seed, isTrainedOn });
    drawn.set(sha256, sample);
    return sample;
  });
}

function datasetOf(run: Run, data: string | undefined): Dataset {
  if (data !== undefined) return openDataset(data);
  if (run.manifest !== null) return recordedDataset(run.directory, run.manifest);
  throw new TurncoatError(
    `${run.directory}: expected a run.json that says what the run was trained on, found none`,
    { hint: "Say with --data which conversations losses are to be of." },
  );
}

function configOf({ directory, manifest }: Run): TrainConfig | null {
  return manifest === null ? null : decodeTrainConfig(manifest.config, join(directory, manifestFile));
}

function drawSample(
  dataset: Dataset,
  tokenizer: ChatTokenizer,
  configs: readonly (TrainConfig | null)[],
  choice: { readonly samples: number; readonly seed: number; readonly isTrainedOn: boolean },
): LandscapeSample {
  const { samples, seed, isTrainedOn } = choice;
  const [first = null] = configs;
  const { chats } = tokenizeDataset(dataset, tokenizer, first?.maxLength ?? Infinity, first ?? {});
  const heldOut = new Set(
    (isTrainedOn ? configs : []).flatMap((config) =>
      config?.heldOut === undefined
        ? []
        : splitIndices(chats.length, { heldOut: config.heldOut.fraction, seed: config.seed }).heldOut,
    ),
  );
  const order = new Random(seed).fork("landscape conversations").permutation(chats.length);
  const chosen = order
    .filter((row) => !heldOut.has(row))
    .slice(0, samples)
    .toSorted((one, other) => one - other)
    .flatMap((row) => chats[row] ?? []);
  return {
    data: dataset.name,
    chats: chosen,
    tokens: chosen.map(({ isResponse }) => isResponse.filter(Boolean).length),
    sha256: createHash("sha256").update(JSON.stringify(chosen)).digest("hex"),
  };
}
