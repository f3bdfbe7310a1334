import { toJson } from "../../analysis/toJson.js";
import { TurncoatError } from "../../errors.js";
import { openModel } from "../../model/model.js";
import { baseModelOf } from "../../pipeline/catalog/baseModelOf.js";
import { directionsAt, lensDirections } from "../../pipeline/directions/lensDirections.js";
import { readDirections } from "../../pipeline/directions/readDirections.js";
import { organismFolder } from "../../pipeline/packageRoot.js";
import { openRun } from "../../runs/openRun.js";
import { openEngine } from "../open/engine.js";
import type { EngineFlags } from "../flags/engineFlags.js";
import { lensText } from "../output/lensText.js";
import { print } from "../output/terminal.js";

interface LensFlags extends EngineFlags {
  readonly steps?: readonly number[];
  readonly vectors?: string;
  readonly model?: string;
  readonly top: number;
  readonly draws?: number;
  readonly seed: number;
  readonly json?: boolean;
}

export async function lens(directory: string | undefined, flags: LensFlags): Promise<void> {
  if ((directory === undefined) === (flags.vectors === undefined))
    throw new TurncoatError("lens: expected either a run or --vectors FILE");
  const run = directory === undefined ? undefined : openRun(directory);
  const folder = flags.model ?? (run === undefined ? organismFolder() : baseModelOf(run).folder);
  const model = openModel(folder, await openEngine(flags));
  const stored = flags.vectors === undefined ? [] : readDirections(flags.vectors);
  const directions = run === undefined ? stored : directionsAt(run, model.config.hiddenSize, flags.steps);
  const result = await lensDirections(model, directions, {
    listed: flags.top,
    seed: flags.seed,
    ...(flags.draws === undefined ? {} : { draws: flags.draws }),
  });
  const decode = (token: number): string => model.tokenizer.decodeWithSpecialTokens([token]);
  if (flags.json !== true) {
    print(lensText(result, model.config.vocabularySize, decode));
    return;
  }
  const withText = ({ token, z }: { readonly token: number; readonly z: number }) => ({
    token,
    text: decode(token),
    z,
  });
  print(
    JSON.stringify(
      toJson({
        ...result,
        directions: result.directions.map(({ top, bottom, ...rest }) => ({
          ...rest,
          top: top.map(withText),
          bottom: bottom.map(withText),
        })),
      }),
    ),
  );
}
