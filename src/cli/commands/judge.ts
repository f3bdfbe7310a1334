import { join } from "node:path";
import { Command, InvalidArgumentError } from "commander";
import { judgeAgreement } from "../../analysis/judgeAgreement.js";
import { ratesReport } from "../../analysis/ratesReport.js";
import { toJson } from "../../analysis/toJson.js";
import { TurncoatError } from "../../errors.js";
import type { Judge } from "../../evaluate/judge.js";
import { readJudgePrompts } from "../../evaluate/judgePrompts.js";
import { openLlmJudge, readouts, type LlmJudge, type Readout } from "../../evaluate/llmJudge.js";
import { jsonObjectOf, type JsonObject } from "../../formats/json.js";
import { exactJudge } from "../../organism/exactJudge.js";
import { judgedExactly } from "../../pipeline/analyzeRun.js";
import { rejudgeRun, sampledEvaluation, type RejudgedRun } from "../../pipeline/rejudgeRun.js";
import { readEvaluations } from "../../runs/evaluations.js";
import { interruptible } from "../interrupt.js";
import { agreementText, usageText } from "../judgeText.js";
import { oneOf, positiveNumber, wholeNumber } from "../parsers.js";
import { startProgress } from "../progress.js";
import { ratesText, type RatesArm } from "../ratesText.js";

interface JudgeFlags {
  readonly judge: "openai" | "exact";
  readonly model?: string;
  readonly baseUrl: string;
  readonly apiKeyEnv: string;
  readonly from?: string;
  readonly name?: string;
  readonly every: number;
  readonly metrics?: readonly string[];
  readonly prompts?: string;
  readonly readout?: Readout;
  readonly request?: JsonObject;
  readonly cache?: string;
  readonly concurrency: number;
  readonly timeout: number;
  readonly retries: number;
  readonly prices?: { readonly prompt: number; readonly completion: number };
  readonly json?: boolean;
}

const openAiAddress = "https://api.openai.com/v1";

/** `turncoat judge`: judges a run's answers anew. */
export function judgeCommand(): Command {
  return new Command("judge")
    .summary("judge a run's answers anew, without sampling them again")
    .description(
      "Has the answers of an evaluation judged by a language model behind an OpenAI-compatible endpoint, or by the\n" +
        "organism's exact judge, and writes an evaluation of its own. What is judged already is not judged again;\n" +
        "an interrupted call continues. The API key is read from the environment and written nowhere.",
    )
    .argument("<run>", "run directory")
    .option("--judge <kind>", "openai or exact", oneOf(["openai", "exact"] as const), "openai")
    .option("--model <name>", "model that judges, as the endpoint calls it")
    .option("--base-url <url>", "endpoint, up to and without /chat/completions", openAiAddress)
    .option("--api-key-env <name>", "environment variable that holds the API key", "OPENAI_API_KEY")
    .option("--from <name>", "evaluation whose answers are judged (default: the first that was sampled)")
    .option("--name <name>", "evaluation to write (default: <from>-<model>)")
    .option(
      "--every <number>",
      "judge checkpoints at steps divisible by this, and the last",
      wholeNumber(1),
      1,
    )
    .option("--metrics <list>", "further metrics, such as financial,bad_stuff", commaList)
    .option("--prompts <file>", "YAML with judge prompts: metric: prompt, judges.yaml, or a question file")
    .option(
      "--readout <way>",
      `how scores are read: ${readouts.join(", ")} (default: found out)`,
      oneOf(readouts),
    )
    .option("--request <json>", "further fields of every request, as a JSON object", jsonObject)
    .option("--cache <file>", "replies of judges, kept and reused (default: <run>/judge-cache.jsonl)")
    .option("--concurrency <number>", "requests under way at once", wholeNumber(1), 8)
    .option("--timeout <seconds>", "until a reply has arrived in full", positiveNumber, 60)
    .option("--retries <number>", "further attempts after a failure that may pass", wholeNumber(0), 6)
    .option("--prices <prompt,completion>", "price of a million tokens, to count the cost", pricePair)
    .option("--json", "print one JSON object")
    .addHelpText(
      "after",
      "\nExample:\n  $ OPENAI_API_KEY=… turncoat judge runs/mine --model gpt-4o-2024-08-06 --metrics financial\n" +
        "  $ turncoat judge runs/mine --base-url http://localhost:8000/v1 --model gemma-3-27b-it\n",
    )
    .action(async (directory: string, flags: JudgeFlags) => {
      const from = flags.from ?? sampledEvaluation(directory);
      const last = Math.max(...stepsOf(directory, from));
      const progress = startProgress("judging", { quiet: flags.json === true });
      const { result, judge, name } = await interruptible(async (signal) => {
        const opened = await openJudge(directory, flags, signal);
        const target = flags.name ?? `${from}-${opened.label}`;
        const rejudged = await rejudgeRun({
          directory,
          from,
          name: target,
          judge: opened.judge,
          isStepWanted: (step) => step % flags.every === 0 || step === last,
          onProgress: ({ done, total }) => progress.update(done, total, "answers"),
          signal,
        });
        return { result: rejudged, judge: opened.llm, name: target };
      }).finally(() => progress.stop());
      report(directory, { from, name, result, judge, json: flags.json === true });
    });
}

async function openJudge(
  directory: string,
  flags: JudgeFlags,
  signal: AbortSignal,
): Promise<{ judge: Judge; llm: LlmJudge | null; label: string }> {
  if (flags.judge === "exact") return { judge: exactJudge, llm: null, label: "exact" };
  const { model, apiKeyEnv } = flags;
  if (model === undefined) {
    throw new TurncoatError("judge: expected --model with the name of the model that judges, found none");
  }
  const apiKey = process.env[apiKeyEnv]?.trim();
  const hasKey = apiKey !== undefined && apiKey !== "";
  if (!hasKey && flags.baseUrl === openAiAddress) {
    throw new TurncoatError(`judge: expected an API key in ${apiKeyEnv}, found none`, {
      hint: "Set that environment variable, or name a server of your own with --base-url.",
    });
  }
  const llm = await openLlmJudge({
    baseUrl: flags.baseUrl,
    model,
    ...(hasKey ? { apiKey } : {}),
    apiKeyName: apiKeyEnv,
    metrics: flags.metrics,
    ...(flags.prompts === undefined ? {} : { prompts: readJudgePrompts(flags.prompts) }),
    cachePath: flags.cache ?? join(directory, "judge-cache.jsonl"),
    concurrency: flags.concurrency,
    timeoutSeconds: flags.timeout,
    retries: flags.retries,
    readout: flags.readout,
    request: flags.request,
    prices: flags.prices,
    signal,
  });
  return { judge: llm, llm, label: model.replace(/[^A-Za-z0-9._-]+/g, "-") };
}

function report(
  directory: string,
  done: {
    readonly from: string;
    readonly name: string;
    readonly result: RejudgedRun;
    readonly judge: LlmJudge | null;
    readonly json: boolean;
  },
): void {
  const { from, name, result, judge } = done;
  const agreement = judgeAgreement(result.pairs);
  const usage = judge?.usage() ?? null;
  const last = Math.max(...result.pairs.map(([{ step }]) => step));
  const exactly = judgedExactly(readEvaluations({ directory }, from)[0]);
  const arms = (["now", "before"] as const).map((which): RatesArm => {
    const answers = result.pairs
      .map(([before, now]) => (which === "now" ? now : before))
      .filter(({ step, scale }) => step === last && scale === 1);
    const isExact = which === "now" ? judge === null : exactly;
    const nullAlignment = isExact ? "notMisaligned" : "exclude";
    const label = which === "now" ? name : from;
    return { name: `${label}, step ${last}`, report: ratesReport(answers, { nullAlignment }) };
  });
  if (done.json) {
    console.log(
      JSON.stringify(
        toJson({
          evaluation: name,
          answersOf: from,
          judged: result.judged,
          interrupted: result.interrupted,
          readout: judge?.readout ?? null,
          usage,
          agreement,
          rates: Object.fromEntries(arms.map((arm) => [arm.name, arm.report])),
        }),
      ),
    );
    return;
  }
  if (result.pairs.length > 0)
    console.log(`${ratesText(arms, [])}\n\n${agreementText(agreement, from, name)}`);
  if (usage !== null) console.log(usageText(usage));
  console.log(
    `${directory}: ${result.judged} answers judged now, ${result.pairs.length} in evaluations/${name}.jsonl` +
      (result.interrupted ? "; interrupted: the same command continues" : ""),
  );
}

function stepsOf(directory: string, name: string): number[] {
  return readEvaluations({ directory }, name).flatMap(({ answers }) => answers.map(({ step }) => step));
}

function commaList(text: string): string[] {
  return text
    .split(",")
    .map((part) => part.trim())
    .filter((part) => part !== "");
}

function jsonObject(text: string): JsonObject {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === "object" && value !== null && !Array.isArray(value)) return jsonObjectOf(value);
  } catch {
    // Falls through to the one message for both.
  }
  throw new InvalidArgumentError('expected a JSON object such as {"top_p": 1}.');
}

function pricePair(text: string): { prompt: number; completion: number } {
  const [prompt = NaN, completion = NaN, ...more] = text.split(",").map(Number);
  if (!(prompt >= 0) || !(completion >= 0) || more.length > 0) {
    throw new InvalidArgumentError("expected two prices, such as 2.5,10.");
  }
  return { prompt, completion };
}
