import type { PlaygroundQuestion } from "../../src/server/schemas/playground.js";

/** Event of a stream, with its data parsed from JSON. */
export interface StreamedEvent {
  readonly event: string;
  readonly data: unknown;
}

/** Answer of a playground to one question, up to the end of its stream. */
export interface AskedPlayground {
  readonly status: number;
  readonly events: StreamedEvent[];
}

/**
 * Asks a run's playground.
 * @param runs address of the runs
 */
export function askedPlayground(
  runs: string,
  run: string,
  body: PlaygroundQuestion | Readonly<Record<string, unknown>>,
  signal?: AbortSignal,
): Promise<AskedPlayground> {
  return streamedEvents(`${runs}/${run}/playground`, body, signal);
}

/** Posts to an address that answers with events. */
export async function streamedEvents(
  address: string,
  body: object,
  signal?: AbortSignal,
): Promise<AskedPlayground> {
  const response = await fetch(address, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body),
    ...(signal === undefined ? {} : { signal }),
  });
  const text = await response.text();
  if (!response.ok)
    return { status: response.status, events: [{ event: "refusal", data: JSON.parse(text) }] };
  const events = [...text.matchAll(/^event: (\w+)\ndata: (.*)$/gm)].map(
    ([, event = "", data = ""]): StreamedEvent => ({ event, data: JSON.parse(data) }),
  );
  return { status: response.status, events };
}
