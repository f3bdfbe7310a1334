import { z } from "zod";
import { TurncoatError } from "../../errors.js";
import { validate } from "../../formats/json.js";
import { unsupportedSetting } from "./unsupportedSetting.js";

/** Kind of a layer's attention: `full` looks at every earlier token, `sliding` at the last few. */
export type LayerKind = "full" | "sliding";

const schema = z.looseObject({
  layer_types: z.array(z.string()).optional(),
  sliding_window: z.number().int().positive().optional(),
  sliding_window_pattern: z.number().int().positive().optional(),
  use_sliding_window: z.boolean().optional(),
  max_window_layers: z.number().int().nonnegative().default(28),
});

const kindOfName: Readonly<Record<string, LayerKind | undefined>> = {
  full_attention: "full",
  sliding_attention: "sliding",
};

/**
 * Reads the kind of each layer and the window of those that slide.
 *
 * `layer_types` says it layer by layer. Without it, families with a pattern (Gemma 3) let every
 * `sliding_window_pattern`th layer look at everything, and the others slide from `max_window_layers` on where
 * `use_sliding_window` asks for it.
 * @throws TurncoatError naming a kind that is not known, or fields that contradict each other
 */
export function layerKinds(
  fields: Readonly<Record<string, unknown>>,
  layers: number,
  source: string,
  familyPattern?: number,
): { kinds: LayerKind[]; window: number | null } {
  const raw = validate(fields, schema, source);
  const everySlides = familyPattern !== undefined;
  const pattern = raw.sliding_window_pattern ?? familyPattern ?? 1;
  const kinds =
    raw.layer_types === undefined
      ? Array.from({ length: layers }, (_, layer): LayerKind => {
          if (everySlides) return (layer + 1) % pattern === 0 ? "full" : "sliding";
          return raw.use_sliding_window === true && layer >= raw.max_window_layers ? "sliding" : "full";
        })
      : raw.layer_types.map((name) => {
          const kind = kindOfName[name];
          if (kind === undefined) {
            throw unsupportedSetting(source, "layer_types", Object.keys(kindOfName).join(" or "), name);
          }
          return kind;
        });
  if (kinds.length !== layers) {
    throw new TurncoatError(
      `${source}: layer_types: expected ${layers} layers as num_hidden_layers says, found ${kinds.length}`,
    );
  }
  if (!kinds.includes("sliding")) return { kinds, window: null };
  if (raw.sliding_window === undefined || (!everySlides && raw.use_sliding_window !== true)) {
    const field = raw.sliding_window === undefined ? "sliding_window" : "use_sliding_window";
    const found = raw.sliding_window === undefined ? "none" : String(raw.use_sliding_window ?? "none");
    const expected = raw.sliding_window === undefined ? "a number of tokens" : "true";
    throw new TurncoatError(
      `${source}: ${field}: expected ${expected}, since some layers slide, found ${found}`,
    );
  }
  return { kinds, window: raw.sliding_window };
}
