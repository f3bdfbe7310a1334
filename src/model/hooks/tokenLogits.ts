import { TurncoatError } from "../../errors.js";
import {
  type AdapterBank,
  adapterFeeds,
  adapterInputs,
  adapterTensors,
  bankKey,
} from "../weights/adapterBank.js";
import { contextsFromStart } from "../layers/layerContexts.js";
import type { Model } from "../model.js";
import {
  arrangeEdits,
  editFeeds,
  editHooks,
  editInputs,
  editsKey,
  type ResidualEdit,
} from "./residualEdits.js";
import { denseLayout } from "../layers/rowLayout.js";
import {
  checkPatches,
  patchesKey,
  patchFeeds,
  patchHooks,
  patchInputs,
  type ScalarPatch,
} from "./scalarPatches.js";
import { forward, logits, parameter } from "../transformer.js";

/** Adapters and edits that a model runs with. */
export interface LogitsOptions {
  /** Adapters of one replica. @default none */
  readonly adapters?: AdapterBank;
  /** Changes of the residual stream. @default none */
  readonly edits?: readonly ResidualEdit[];
  /** What adapters are to have read, in place of what they read: as long as the sequence. @default none */
  readonly patches?: readonly ScalarPatch[];
}

/**
 * Computes the logits after every token of a sequence, as transformers gives them.
 * @param ids token ids, each below the vocabulary's size
 * @returns [tokens, vocabularySize]
 * @throws TurncoatError for a token that the model does not have, or an edit or a patch that does not fit
 */
export async function tokenLogits(
  model: Model,
  ids: readonly number[],
  { adapters: bank, edits = [], patches = [] }: LogitsOptions = {},
): Promise<Float32Array> {
  const { vocabularySize } = model.config;
  const unknown = ids.find((id) => !Number.isInteger(id) || id < 0 || id >= vocabularySize);
  if (ids.length === 0 || unknown !== undefined) {
    throw new TurncoatError(
      `tokens: expected ids from 0 to ${vocabularySize - 1}, found ${unknown ?? "none"}`,
    );
  }
  const arranged = arrangeEdits(model.config, edits);
  const length = ids.length;
  checkPatches(patches, length);
  const program = await model.programs.get(
    `logits:${length}:${bank === undefined ? "" : bankKey(bank)}:${editsKey(arranged)}:${patchesKey(patches)}`,
    () => ({
      name: "logits",
      inputs: {
        tokens: { shape: [length], dtype: "int32" },
        ...editInputs(arranged),
        ...patchInputs(patches, length),
        ...(bank === undefined ? {} : adapterInputs(bank)),
      },
      constants: model.parameters,
      body: (tensors) => {
        const { hidden } = forward(model.config, tensors, {
          tokens: parameter(tensors, "tokens"),
          layout: denseLayout(1, length),
          contexts: contextsFromStart(model.config, 1, length),
          hooks: { ...editHooks(arranged, tensors), ...patchHooks(patches, tensors) },
          ...(bank === undefined ? {} : { adapters: adapterTensors(bank, tensors) }),
        });
        return { logits: logits(model.config, tensors, hidden) };
      },
    }),
  );
  const feeds = {
    tokens: Int32Array.from(ids),
    ...editFeeds(arranged),
    ...patchFeeds(patches),
    ...(bank === undefined ? {} : adapterFeeds(bank)),
  };
  const { logits: found } = await program.run(feeds);
  if (!(found?.data instanceof Float32Array)) throw new TypeError("tokenLogits: no logits");
  return found.data;
}
