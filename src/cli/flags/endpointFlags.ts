import type { Command } from "commander";
import { adapterWays, type AdapterWay } from "../../evaluate/sampling/adapterWays.js";
import type { JsonObject } from "../../formats/json.js";
import { jsonObject, oneOf, positiveNumber, wholeNumber } from "./parsers.js";

/** Flags of the endpoint that answers. */
export interface EndpointFlags {
  readonly endpoint?: string;
  readonly adapters: AdapterWay;
  readonly serverRun?: string;
  readonly endpointKeyEnv: string;
  readonly endpointRequest?: JsonObject;
  readonly endpointConcurrency: number;
  readonly endpointTimeout: number;
  readonly endpointRetries: number;
}

/** Adds the options of an endpoint that answers in the place of a model opened here. */
export function addEndpointOptions(command: Command): Command {
  return command
    .optionsGroup("An endpoint that answers, instead of a model opened here:")
    .option("--endpoint <url>", "OpenAI-compatible endpoint that answers, such as http://localhost:8000/v1")
    .option(
      "--adapters <way>",
      "load: the endpoint loads and unloads each checkpoint, as vLLM can; served: it serves them by name",
      oneOf(adapterWays),
      "load",
    )
    .option(
      "--server-run <folder>",
      "the run directory as the endpoint sees it (default: as it is seen here)",
    )
    .option("--endpoint-key-env <name>", "environment variable that holds its API key", "VLLM_API_KEY")
    .option("--endpoint-request <json>", "further fields of every request to it", jsonObject)
    .option("--endpoint-concurrency <number>", "requests to it under way at once", wholeNumber(1), 32)
    .option("--endpoint-timeout <seconds>", "until one of its answers is complete", positiveNumber, 600)
    .option(
      "--endpoint-retries <number>",
      "further attempts after a failure that may pass",
      wholeNumber(0),
      6,
    );
}
