import { Command } from "commander";
import { toJson } from "../../analysis/toJson.js";
import { TurncoatError } from "../../errors.js";
import { openModel } from "../../model/model.js";
import { baseModelOf } from "../../pipeline/catalog/baseModelOf.js";
import { directionsAt, lensDirections } from "../../pipeline/directions/lensDirections.js";
import { readDirections } from "../../pipeline/directions/readDirections.js";
import { organismFolder } from "../../pipeline/packageRoot.js";
import { openRun } from "../../runs/openRun.js";
import { openEngine, withEngineOptions, type EngineFlags } from "../flags/engineFlags.js";
import { wholeNumber, wholeNumbers } from "../flags/parsers.js";
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

/** `turncoat lens`: the words that a direction stands for, if any. */
export function lensCommand(): Command {
  return withEngineOptions(new Command("lens"))
    .summary("the tokens that directions of the residual stream favour, beside random directions")
    .description(
      "Reads directions through the output weights of the model: B of every rank-1 adapter of a run and the directions\n" +
        "stored with it, or the vectors of a file. Tokens are listed with their z score over the vocabulary. Random\n" +
        "directions have tokens of large z too: a direction is said to stand out only where it goes beyond them.",
    )
    .argument("[run]", "run directory")
    .option("--steps <list>", "checkpoints, such as 0,40,80 (default: the last)", wholeNumbers)
    .option("--vectors <file>", "safetensors file of vectors, in place of a run")
    .option("--model <folder>", "base model (default: the one in run.json, or the embedded organism)")
    .option("--top <number>", "tokens listed at either end", wholeNumber(1), 10)
    .option(
      "--draws <number>",
      "random directions (default: 100, and more where many directions are read)",
      wholeNumber(1),
    )
    .option("--seed <number>", "seed of the random directions", wholeNumber(0), 0)
    .option("--json", "print one JSON object")
    .addHelpText(
      "after",
      "\nExample:\n  $ turncoat lens runs/demo --steps 40,150\n" +
        "  $ turncoat lens --vectors vectors.safetensors --model ./SmolLM2-135M-Instruct\n",
    )
    .action(lens);
}

async function lens(directory: string | undefined, flags: LensFlags): Promise<void> {
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
