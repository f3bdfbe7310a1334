import { TurncoatError } from "../errors.js";
import type { AdapterBank } from "./adapterBank.js";
import { adapterFeeds, adapterInputs, adapterTensors, bankKey } from "./adapterBank.js";
import { contextsFromStart } from "./layerContexts.js";
import type { Model } from "./model.js";
import { denseLayout } from "./rowLayout.js";
import { forward, logits, parameter } from "./transformer.js";

/**
 * The logits after every token of a sequence, as transformers gives them.
 * @param ids token ids, each below the vocabulary's size
 * @param bank adapters of one replica. @default none
 * @returns [tokens, vocabularySize]
 * @throws TurncoatError for a token that the model does not have
 */
export async function tokenLogits(
  model: Model,
  ids: readonly number[],
  bank?: AdapterBank,
): Promise<Float32Array> {
  const { vocabularySize } = model.config;
  const unknown = ids.find((id) => !Number.isInteger(id) || id < 0 || id >= vocabularySize);
  if (ids.length === 0 || unknown !== undefined) {
    throw new TurncoatError(
      `tokens: expected ids from 0 to ${vocabularySize - 1}, found ${unknown ?? "none"}`,
    );
  }
  const length = ids.length;
  const program = await model.programs.get(
    `logits:${length}:${bank === undefined ? "" : bankKey(bank)}`,
    () => ({
      name: "logits",
      inputs: {
        tokens: { shape: [length], dtype: "int32" },
        ...(bank === undefined ? {} : adapterInputs(bank)),
      },
      constants: model.parameters,
      body: (tensors) => {
        const { hidden } = forward(model.config, tensors, {
          tokens: parameter(tensors, "tokens"),
          layout: denseLayout(1, length),
          contexts: contextsFromStart(model.config, 1, length),
          ...(bank === undefined ? {} : { adapters: adapterTensors(bank, tensors) }),
        });
        return { logits: logits(model.config, tensors, hidden) };
      },
    }),
  );
  const feeds = { tokens: Int32Array.from(ids), ...(bank === undefined ? {} : adapterFeeds(bank)) };
  const { logits: found } = await program.run(feeds);
  if (!(found?.data instanceof Float32Array)) throw new TypeError("tokenLogits: no logits");
  return found.data;
}
