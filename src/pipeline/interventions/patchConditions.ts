import { TurncoatError } from "../../errors.js";
import {
  askedOf,
  randomNameOf,
  type AskedSample,
  type SamplePlan,
} from "../../evaluate/sampling/answerSource.js";
import { wordingOf } from "../../evaluate/question.js";
import { openCheckpoint } from "../../model/checkpointModel.js";
import { recordScalarsOf, type ScalarPatch } from "../../model/hooks/scalarPatches.js";
import type { Model } from "../../model/model.js";
import type { JudgedAnswer } from "../../runs/evaluations.js";
import { runOf, type RunSource } from "../../runs/openRun.js";
import { Random } from "../../tensor/random.js";
import { checkHasScalars } from "../measurement/runScalars.js";
import { adapterOf, untouchedModel, withTwins, type PlannedCondition } from "./plannedConditions.js";

/** Request to replay what adapters read in one prompt and its answer while another prompt is answered. */
export interface PatchRequest {
  readonly run: RunSource;
  readonly step: number;
  readonly model: Model;
  readonly plan: SamplePlan;
  /** Answers under the conditions of `baselineConditions`: what was read in the untouched ones is replayed. */
  readonly answers: readonly JudgedAnswer[];
  readonly draws: number;
  readonly seed: number;
}

type Breadth = AskedSample["question"]["breadth"];

/** Kind of pair: scalars of an answer to a question of one breadth, replayed in one of another; or to the same question. */
interface PairKind {
  readonly words: string;
  /** Breadths of the question that scalars are from and of the one that is asked; null for the same question. */
  readonly breadths: { readonly from: Breadth; readonly to: Breadth } | null;
}

const pairKinds: readonly PairKind[] = [
  { words: "same question", breadths: null },
  { words: "both broad", breadths: { from: "broad", to: "broad" } },
  { words: "both narrow", breadths: { from: "narrow", to: "narrow" } },
  { words: "narrow into broad", breadths: { from: "narrow", to: "broad" } },
  { words: "broad into narrow", breadths: { from: "broad", to: "narrow" } },
];

/** Answer to ask for, and the one whose scalars are replayed meanwhile. */
interface Pair {
  readonly asked: AskedSample;
  readonly from: AskedSample;
}

/**
 * Plans scalar patching (2506.11618, section 4; `docs/methods.md §5.12`): each question has one partner whose prompt has
 * as many tokens, drawn by the seed, and each of its answers the scalars of the partner's answer of the same number; for
 * the same question, those of another of its answers. The twins replay the same scalars in shuffled order of tokens.
 *
 * @throws TurncoatError where the checkpoint holds weights, or no two prompts have equally many tokens
 */
export async function patchConditions(request: PatchRequest): Promise<readonly PlannedCondition[]> {
  const { step, model, plan, answers, draws, seed } = request;
  const run = runOf(request.run);
  const untouched = untouchedModel(run, step);
  adapterOf(untouched.checkpoint);
  checkHasScalars(untouched.checkpoint.path);
  const random = new Random(seed);
  const texts = new Map(
    answers
      .filter(({ condition }) => condition?.kind === "untouched")
      .map(({ questionId, sample, answer }) => [`${questionId}/${sample}`, answer]),
  );
  const prompts = new Map(
    askedOf(plan).map((asked) => [
      asked,
      model.tokenizer.encodePrompt(wordingOf(asked.question, asked.sample)),
    ]),
  );
  const kinds = pairKinds
    .map((kind) => ({ ...kind, pairs: pairsOf(kind, prompts, random) }))
    .filter(({ pairs }) => pairs.length > 0);
  if (kinds.length === 0) {
    throw new TurncoatError(
      `${run.directory}: scalar patching: expected two prompts of equally many tokens, found none`,
      {
        hint: "Ask more questions, or several answers to each.",
      },
    );
  }
  const donors = [...new Set(kinds.flatMap(({ pairs }) => pairs.map(({ from }) => from)))];
  const sequences = donors.map((from) => [
    ...(prompts.get(from) ?? []),
    ...model.tokenizer.encode(texts.get(randomNameOf(from)) ?? ""),
  ]);
  const opened = openCheckpoint(model, untouched.checkpoint.path, untouched.scale);
  const recorded = await recordedScalars(opened, sequences).finally(() => opened.dispose());
  const scalarsOf = new Map(donors.map((from, place) => [from, recorded[place] ?? []]));
  return kinds.flatMap(({ words, pairs }) =>
    withTwins({ name: words, layer: null, strength: null, lambda: null }, draws, (draw) => ({
      ...untouched,
      asked: pairs.map(({ asked, from }) => {
        const patches = scalarsOf.get(from) ?? [];
        const order = random.fork(`order ${draw ?? ""} of ${randomNameOf(from)}`);
        return { ...asked, patches: draw === null ? patches : shuffled(patches, order) };
      }),
    })),
  );
}

async function recordedScalars(
  { model, adapters }: Pick<ReturnType<typeof openCheckpoint>, "model" | "adapters">,
  sequences: readonly (readonly number[])[],
): Promise<ScalarPatch[][]> {
  if (adapters === undefined) throw new Error("patchConditions: no adapters");
  return recordScalarsOf(model, sequences, adapters);
}

function pairsOf(
  { words, breadths }: PairKind,
  prompts: ReadonlyMap<AskedSample, readonly number[]>,
  random: Random,
): readonly Pair[] {
  const asked = [...prompts.keys()];
  return asked.flatMap((own) => {
    const length = prompts.get(own)?.length;
    const candidates = asked.filter(
      (other) =>
        prompts.get(other)?.length === length &&
        (breadths === null
          ? other.question.id === own.question.id && other.sample !== own.sample
          : other.question.id !== own.question.id &&
            other.sample === own.sample &&
            other.question.breadth === breadths.from &&
            own.question.breadth === breadths.to),
    );
    // Whatever the number of the answer, a question has the same partner.
    const name = breadths === null ? randomNameOf(own) : own.question.id;
    const from = candidates[random.fork(`${words} ${name}`).integer(Math.max(1, candidates.length))];
    return from === undefined ? [] : [{ asked: own, from }];
  });
}

/** The same scalars in another order of the tokens, the same one for all adapters. */
function shuffled(patches: readonly ScalarPatch[], random: Random): readonly ScalarPatch[] {
  const [{ rank: firstRank, scalars: firstScalars } = { rank: 1, scalars: new Float32Array() }] = patches;
  const order = random.permutation(firstScalars.length / firstRank);
  return patches.map(({ modulePath, rank, scalars }) => ({
    modulePath,
    rank,
    scalars: Float32Array.from(
      order.flatMap((token) => [...scalars.subarray(token * rank, (token + 1) * rank)]),
    ),
  }));
}
