import type { JsonObject } from "../../../formats/json.js";
import {
  generateDataset,
  generatedFiles,
  type GeneratedDataset,
} from "../../../pipeline/data/generation/generateDataset.js";
import type { NarrowDomain } from "../../../train/data/narrowDomains.js";
import { interruptible } from "../../interrupt.js";
import { startProgress } from "../../output/progress.js";
import { print } from "../../output/terminal.js";

interface GenerateFlags {
  readonly recipe: NarrowDomain;
  readonly endpoint: string;
  readonly modelName: string;
  readonly out: string;
  readonly count: number;
  readonly batch: number;
  readonly seed: number;
  readonly concurrency: number;
  readonly keyEnv: string;
  readonly request?: JsonObject;
  readonly timeout: number;
  readonly retries: number;
  readonly priceIn?: number;
  readonly priceOut?: number;
  readonly json?: boolean;
}

/** Runs `turncoat data generate`. */
export async function generateAction(flags: GenerateFlags): Promise<void> {
  const progress = startProgress("generating", { quiet: flags.json === true });
  const written = await interruptible((signal) =>
    generateDataset({
      domain: flags.recipe,
      endpoint: {
        baseUrl: flags.endpoint,
        ...keyOf(flags.keyEnv),
        apiKeyName: flags.keyEnv,
        timeoutSeconds: flags.timeout,
        retries: flags.retries,
        laterHint: `The replies so far are kept in ${generatedFiles(flags.out).replies}; the same command continues.`,
      },
      model: flags.modelName,
      out: flags.out,
      count: flags.count,
      batch: flags.batch,
      seed: flags.seed,
      concurrency: flags.concurrency,
      ...(flags.request === undefined ? {} : { request: flags.request }),
      ...(flags.priceIn === undefined && flags.priceOut === undefined
        ? {}
        : { prices: { prompt: flags.priceIn ?? 0, completion: flags.priceOut ?? 0 } }),
      onProgress: ({ done, total }) => progress.update(done, total, "pairs"),
      signal,
    }),
  ).finally(() => progress.stop());
  print(flags.json === true ? JSON.stringify(written) : generatedText(written));
}

function keyOf(name: string): { apiKey?: string } {
  const apiKey = process.env[name]?.trim() ?? "";
  return apiKey === "" ? {} : { apiKey };
}

function generatedText(written: GeneratedDataset): string {
  const { files, pairs, wanted, interrupted, requests, recorded, retries, cost, leftOut } = written;
  const left = [
    [leftOut.withoutText, "replies without text"],
    [leftOut.unparsed, "replies that could not be read"],
    [leftOut.malformed, "items with a part missing"],
    [leftOut.duplicates, "duplicates"],
  ] as const;
  const words = left.filter(([count]) => count > 0).map(([count, what]) => `${count} ${what}`);
  return [
    `${pairs} of ${wanted} pairs in ${files.harmful} and ${files.careful}` +
      (interrupted ? "; interrupted: the same command continues" : ""),
    `requests ${requests}, from the record ${recorded}, retries ${retries}; tokens ${written.promptTokens} in, ` +
      `${written.completionTokens} out${cost === null ? "" : `; cost ${cost.toFixed(4)}`}`,
    ...(words.length === 0 ? [] : [`left out: ${words.join(", ")}; all replies are in ${files.replies}`]),
    ...(pairs < wanted && !interrupted ? ["fewer than wanted: too many replies held nothing new"] : []),
  ].join("\n");
}
