import type { AnswerSource } from "../../evaluate/sampling/answerSource.js";
import { openEndpointSource } from "../../evaluate/sampling/endpointSource.js";
import type { EndpointFlags } from "../flags/endpointFlags.js";

/** Opens the endpoint that the flags describe; `model` is the name of what answers there. */
export function openEndpoint(
  baseUrl: string,
  model: string,
  directory: string,
  flags: EndpointFlags,
  onWarning: (line: string) => void,
): Promise<AnswerSource> {
  const apiKey = process.env[flags.endpointKeyEnv]?.trim() ?? "";
  return openEndpointSource({
    baseUrl,
    model,
    directory,
    adapters: flags.adapters,
    ...(flags.serverRun === undefined ? {} : { serverDirectory: flags.serverRun }),
    ...(apiKey === "" ? {} : { apiKey }),
    apiKeyName: flags.endpointKeyEnv,
    ...(flags.endpointRequest === undefined ? {} : { request: flags.endpointRequest }),
    concurrency: flags.endpointConcurrency,
    timeoutSeconds: flags.endpointTimeout,
    retries: flags.endpointRetries,
    onWarning,
  });
}
