import { get, type OutgoingHttpHeaders } from "node:http";

/** Stream of events that is being read. */
export interface EventBlocks {
  /** Headers of the answer, with its status. */
  readonly headers: Promise<Readonly<Record<string, unknown>>>;
  readonly close: () => void;
}

/**
 * Reads a stream of server-sent events over a connection of its own, as a browser does, until it is closed.
 * @param onBlock told the text of each event
 */
export function readEventBlocks(
  url: string,
  onBlock: (block: string) => void,
  requestHeaders: OutgoingHttpHeaders = {},
): EventBlocks {
  let settle: (headers: Readonly<Record<string, unknown>>) => void = () => undefined;
  const headers = new Promise<Readonly<Record<string, unknown>>>((resolve) => (settle = resolve));
  const request = get(url, { headers: requestHeaders, agent: false }, (response) => {
    settle({ ...response.headers, status: response.statusCode });
    let text = "";
    response.setEncoding("utf8");
    response.on("error", () => undefined);
    response.on("data", (chunk: string) => {
      text += chunk;
      const blocks = text.split("\n\n");
      text = blocks.pop() ?? "";
      for (const block of blocks) onBlock(block);
    });
  });
  request.on("error", () => undefined);
  return { headers, close: () => request.destroy() };
}
