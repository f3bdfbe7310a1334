import { createParser } from "eventsource-parser";
import { ApiError, errorOf } from "./request.js";

/**
 * Posts to an address under the API and tells the events of its answer as they come; resolves at their end.
 * @throws ApiError for a refusal, an event named `failure`, or a server that is gone
 */
export async function postEvents(
  address: string,
  body: object,
  onEvent: (name: string, data: unknown) => void,
  signal: AbortSignal,
): Promise<void> {
  const parser = createParser({
    onEvent: ({ event = "message", data }) => {
      const value: unknown = JSON.parse(data);
      if (event === "failure") throw errorOf(value, "the server could not answer");
      onEvent(event, value);
    },
  });
  let response: Response;
  try {
    response = await fetch(`./api/v1/${address}`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(body),
      signal,
    });
  } catch (error) {
    if (signal.aborted) throw error;
    throw new ApiError("the server does not answer", "Is `turncoat serve` still running?");
  }
  if (!response.ok || response.body === null) {
    const text = await response.text();
    throw errorOf(parsed(text), `the server answered ${response.status}`);
  }
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  for (let piece = await reader.read(); !piece.done; piece = await reader.read()) parser.feed(piece.value);
}

function parsed(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text);
    return value;
  } catch {
    return undefined;
  }
}
