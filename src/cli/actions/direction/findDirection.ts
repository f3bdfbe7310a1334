import type { directionSources } from "../../flags/choices.js";
import { basename, resolve } from "node:path";
import {
  contrastedTokens,
  personaTokens,
  type ContrastedTokens,
  type ContrastWeighting,
  type Direction,
  type PersonaTokens,
} from "../../../analysis/directions/direction.js";
import { toJson } from "../../../analysis/toJson.js";
import { TurncoatError } from "../../../errors.js";
import { openCheckpoint, type CheckpointModel } from "../../../model/checkpointModel.js";
import { openModel } from "../../../model/model.js";
import { baseModelOf } from "../../../pipeline/catalog/baseModelOf.js";
import { directionsFromFile } from "../../../pipeline/directions/directionsFromFile.js";
import { keepDirections } from "../../../pipeline/directions/keepDirections.js";
import {
  findAnswerDirections,
  type AnswerFilter,
} from "../../../pipeline/measurement/findAnswerDirections.js";
import { findPersonaDirections } from "../../../pipeline/measurement/findPersonaDirections.js";
import {
  generalPersonas,
  organismPersonas,
  type PersonaPrompts,
} from "../../../pipeline/measurement/personaPrompts.js";
import { promptQuestions } from "../../../pipeline/measurement/promptQuestions.js";
import { readText } from "../../../formats/json.js";
import { whileMeasuring } from "../../../runs/runLocks.js";
import { missingStep, openRun, type Run } from "../../../runs/openRun.js";
import { chatTemplateOf } from "../../open/chatTemplate.js";
import type { ChatTemplateFlags } from "../../flags/chatTemplateFlag.js";
import { openEngine } from "../../open/engine.js";
import type { EngineFlags } from "../../flags/engineFlags.js";
import { directionText } from "../../output/directionText.js";
import { startProgress } from "../../output/progress.js";
import { print } from "../../output/terminal.js";

interface FindDirectionFlags extends EngineFlags, ChatTemplateFlags {
  readonly from: (typeof directionSources)[number];
  readonly name?: string;
  readonly step?: number;
  readonly model?: string;
  readonly answersPerClass: number;
  readonly answersOf?: string;
  readonly tokens?: ContrastedTokens | PersonaTokens;
  readonly weighting: ContrastWeighting;
  readonly where: readonly AnswerFilter[];
  readonly words?: AnswerFilter;
  readonly misalignedPrompts?: string;
  readonly alignedPrompts?: string;
  readonly questions?: string;
  readonly limit: number;
  readonly file?: string;
  readonly seed: number;
  readonly replace?: boolean;
  readonly json?: boolean;
}

/** Runs `turncoat direction find`. */
export async function findDirectionAction(directory: string, flags: FindDirectionFlags): Promise<void> {
  const run = openRun(directory);
  const kept = await whileMeasuring(directory, "directions", async () => {
    const found = flags.from === "file" ? ofFile(flags) : await measured(run, flags);
    return keepDirections(directory, found, { isReplacing: flags.replace === true });
  });
  if (flags.json === true) print(JSON.stringify(toJson({ directions: kept.map(described) })));
  else print(directionText(kept));
}

/** A direction without the numbers of its vector. */
export function described({
  vector,
  ...about
}: Direction): Omit<Direction, "vector"> & { readonly size: number } {
  return { ...about, size: vector.length };
}

function ofFile({ file, name, step = 0 }: FindDirectionFlags): Direction[] {
  if (file === undefined) throw new TurncoatError("--from file: expected --file FILE, found none");
  return directionsFromFile(file, { name: name ?? basename(file).replace(/\.safetensors$/, ""), step });
}

async function measured(run: Run, flags: FindDirectionFlags): Promise<Direction[]> {
  const { folder, isOrganism } = baseModelOf(run, flags.model);
  const model = openModel(folder, await openEngine(flags), {
    chatTemplate: chatTemplateOf(flags, run.manifest),
  });
  const steps = run.checkpoints.map((each) => each.step);
  const step = flags.step ?? (flags.from === "personas" ? 0 : steps.at(-1));
  const checkpoint = run.checkpoints.find((each) => each.step === step);
  // The base needs no checkpoint.
  if (checkpoint === undefined && step !== 0) {
    throw missingStep(run, step ?? NaN, "--step");
  }
  const opened: CheckpointModel =
    checkpoint === undefined
      ? { model, dispose: () => Promise.resolve() }
      : openCheckpoint(model, checkpoint.path);
  const progress = startProgress("reading", { quiet: flags.json === true });
  const shared = {
    ...{ opened, step: step ?? 0, seed: flags.seed },
    onProgress: ({ done, total }: { readonly done: number; readonly total: number }) =>
      progress.update(done, total, flags.from === "personas" ? "prompts" : "answers"),
  };
  try {
    if (flags.from === "personas") {
      return await findPersonaDirections({
        ...shared,
        name: flags.name ?? "personas",
        tokens: oneTokens(personaTokens, flags, "prompt"),
        prompts: personasOf(flags, isOrganism),
        questions: promptQuestions(run, isOrganism, {
          ...{ source: flags.questions, pool: "development", limit: flags.limit },
        }),
      });
    }
    const from = flags.answersOf ?? run.directory;
    return await findAnswerDirections({
      ...shared,
      name: flags.name ?? "answers",
      run: from,
      from: basename(resolve(from)),
      answersPerClass: flags.answersPerClass,
      tokens: oneTokens(contrastedTokens, flags, "response"),
      weighting: flags.weighting,
      filters: [...flags.where, ...(flags.words === undefined ? [] : [flags.words])],
    });
  } finally {
    progress.stop();
    await opened.dispose();
  }
}

/** The tokens chosen, which not every source knows. */
function oneTokens<Tokens extends string>(
  known: readonly Tokens[],
  { tokens, from }: FindDirectionFlags,
  otherwise: Tokens,
): Tokens {
  if (tokens === undefined) return otherwise;
  const found = known.find((each) => each === tokens);
  if (found !== undefined) return found;
  throw new TurncoatError(
    `--tokens: expected one of ${known.join(", ")} for --from ${from}, found ${tokens}`,
  );
}

function personasOf(flags: FindDirectionFlags, isOrganism: boolean): PersonaPrompts {
  const { misalignedPrompts, alignedPrompts } = flags;
  if (misalignedPrompts === undefined && alignedPrompts === undefined)
    return isOrganism ? organismPersonas() : generalPersonas;
  if (misalignedPrompts === undefined || alignedPrompts === undefined) {
    throw new TurncoatError(
      "direction find: expected both --misaligned-prompts and --aligned-prompts, found one",
    );
  }
  const linesOf = (path: string): string[] =>
    readText(path)
      .split(/\r?\n/)
      .map((line) => line.trim())
      .filter((line) => line !== "");
  return { misaligned: linesOf(misalignedPrompts), aligned: linesOf(alignedPrompts) };
}
