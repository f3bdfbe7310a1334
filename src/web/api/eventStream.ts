import { ApiError, errorOf } from "./request.js";

/** One event of a stream: its name, and its data as text. */
export interface StreamEvent {
  readonly name: string;
  readonly data: string;
}

/** Cuts the text of a stream of server-sent events into events; a piece may end anywhere. */
export class EventParser {
  #rest = "";

  /** The events that the piece completes; comments, which only say that the stream is alive, are none. */
  take(piece: string): StreamEvent[] {
    const blocks = (this.#rest + piece).split("\n\n");
    this.#rest = blocks.pop() ?? "";
    return blocks.flatMap((block) => {
      const lines = block.split("\n");
      const valuesOf = (field: string): string[] =>
        lines.flatMap((line) => (line.startsWith(`${field}: `) ? [line.slice(field.length + 2)] : []));
      const data = valuesOf("data");
      return data.length === 0 ? [] : [{ name: valuesOf("event")[0] ?? "message", data: data.join("\n") }];
    });
  }
}

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
  const parser = new EventParser();
  const tell = (piece: string): void => {
    for (const { name, data } of parser.take(piece)) {
      const value: unknown = JSON.parse(data);
      if (name === "failure") throw errorOf(value, "the server could not answer");
      onEvent(name, value);
    }
  };
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
  for (let piece = await reader.read(); !piece.done; piece = await reader.read()) tell(piece.value);
}

function parsed(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text);
    return value;
  } catch {
    return undefined;
  }
}
