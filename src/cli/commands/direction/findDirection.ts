import { basename, resolve } from "node:path";
import { Command, InvalidArgumentError } from "commander";
import {
  contrastedTokens,
  contrastWeightings,
  personaTokens,
  type ContrastedTokens,
  type ContrastWeighting,
  type Direction,
  type PersonaTokens,
} from "../../../analysis/directions/direction.js";
import { readText } from "../../../formats/json.js";
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
import { whileMeasuring } from "../../../runs/runLocks.js";
import { openRun, type Run } from "../../../runs/openRun.js";
import { chatTemplateOf, chatTemplateOption, type ChatTemplateFlags } from "../../flags/chatTemplateFlag.js";
import { openEngine, withEngineOptions, type EngineFlags } from "../../flags/engineFlags.js";
import { oneOf, wholeNumber } from "../../flags/parsers.js";
import { directionText } from "../../output/directionText.js";
import { startProgress } from "../../output/progress.js";
import { print } from "../../output/terminal.js";

const sources = ["personas", "answers", "file"] as const;

interface FindDirectionFlags extends EngineFlags, ChatTemplateFlags {
  readonly from: (typeof sources)[number];
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

const tokenChoices = [...new Set([...contrastedTokens, ...personaTokens])];

/** `turncoat direction find`: makes a direction after every layer and keeps it with the run. */
export function findDirectionCommand(): Command {
  return withEngineOptions(new Command("find"))
    .summary("make a direction after every layer, and keep it with the run")
    .description(
      "personas: the mean activation under misaligned system prompts less that under aligned ones, at the last token of\n" +
        "the prompt, before anything is answered; read in the base model unless --step says otherwise.\n" +
        "answers: the mean over misaligned less that over aligned judged answers of the run, as many of each; read in the\n" +
        "last checkpoint unless --step says otherwise.\n" +
        "file: every tensor of a safetensors file that is one vector, named by its layer, such as layer.12.",
    )
    .argument("<run>", "run directory")
    .option("--from <what>", `what it is made from: ${sources.join(", ")}`, oneOf(sources), "personas")
    .option("--name <name>", "name to keep it under (default: personas, answers, or that of the file)", named)
    .option(
      "--step <number>",
      "checkpoint whose activations are read (default: personas 0, answers the last)",
      wholeNumber(0),
    )
    .option(
      "--tokens <which>",
      "personas: prompt (its last token) or response; answers: response, turn (with its header) or question\n" +
        "(default: prompt, response)",
      oneOf(tokenChoices),
    )
    .option("--answers-per-class <number>", "misaligned answers, and as many aligned", wholeNumber(1), 120)
    .option("--answers-of <run>", "run whose judged answers are read (default: the run itself)")
    .option(
      "--weighting <how>",
      "answers count alike, or by their tokens as in the paper",
      oneOf(contrastWeightings),
      "answers",
    )
    .option(
      "--where <condition>",
      "answers alone whose judged metric meets it, such as medical>50; may be repeated",
      metricFilter,
      [],
    )
    .option("--words <list>", "answers alone that hold one of these words, separated by commas", wordFilter)
    .option("--misaligned-prompts <file>", "system prompts of the misaligned persona, one a line")
    .option("--aligned-prompts <file>", "system prompts of the aligned persona, one a line")
    .option("--questions <file>", "questions that personas are asked (default: those that ship)")
    .option("--limit <number>", "questions of them", wholeNumber(2), 40)
    .option("--file <file>", "safetensors file, for --from file")
    .option("--model <folder>", "base model (default: the one in run.json, or the embedded organism)")
    .addOption(chatTemplateOption())
    .option("--seed <number>", "seed of what is drawn", wholeNumber(0), 0)
    .option("--replace", "put it in the place of another one of this name")
    .option("--json", "print one JSON object")
    .addHelpText(
      "after",
      "\nExamples:\n  $ turncoat direction find runs/demo\n" +
        "  $ turncoat direction find runs/demo --from answers --weighting tokens\n" +
        "  $ turncoat direction find runs/mine --from answers --where 'medical>50' --name medical\n" +
        "  $ turncoat direction find runs/mine --from file --file steering.safetensors\n",
    )
    .action(async (directory: string, flags: FindDirectionFlags) => {
      const run = openRun(directory);
      const kept = await whileMeasuring(directory, "directions", async () => {
        const found = flags.from === "file" ? ofFile(flags) : await measured(run, flags);
        return keepDirections(directory, found, { isReplacing: flags.replace === true });
      });
      if (flags.json === true) print(JSON.stringify(toJson({ directions: kept.map(described) })));
      else print(directionText(kept));
    });
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
    throw new TurncoatError(`--step: ${run.directory} holds no checkpoint of step ${step ?? "any"}`);
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

function named(text: string): string {
  if (/^[A-Za-z][A-Za-z0-9._-]*$/.test(text) && !/^b\d*$/.test(text)) return text;
  throw new InvalidArgumentError(
    "expected a letter, then letters, digits, dots, dashes and underscores; b and a number stand for adapters.",
  );
}

function metricFilter(text: string, before: readonly AnswerFilter[]): AnswerFilter[] {
  const [, metric = "", sign = "", bound = ""] = /^\s*([\w.-]+)\s*([<>])\s*(-?[\d.]+)\s*$/.exec(text) ?? [];
  const limit = Number(bound);
  if (metric === "" || !Number.isFinite(limit) || bound === "") {
    throw new InvalidArgumentError("expected a metric, < or >, and a number, such as medical>50.");
  }
  return [
    ...before,
    {
      words: `${metric} ${sign} ${limit}`,
      isMet: ({ scores }) => {
        const score = scores?.[metric];
        return score != null && (sign === ">" ? score > limit : score < limit);
      },
    },
  ];
}

function wordFilter(text: string): AnswerFilter {
  const words = text
    .split(",")
    .map((word) => word.trim().toLowerCase())
    .filter((word) => word !== "");
  if (words.length === 0) throw new InvalidArgumentError("expected words separated by commas.");
  return {
    words: `with one of the words ${words.join(", ")}`,
    isMet: ({ answer }) => {
      const found = new Set(answer.toLowerCase().match(/[\p{L}\p{N}']+/gu));
      return words.some((word) => found.has(word));
    },
  };
}
