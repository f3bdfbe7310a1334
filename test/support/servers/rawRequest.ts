import { request } from "node:http";

/** Answer of a server. */
export interface Reply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

/** Sends a request whose path and headers go out as they are, which `fetch` would not do. */
export function rawRequest(
  path: string,
  options: {
    readonly headers?: Record<string, string>;
    readonly method?: string;
    /** Body, sent as JSON. */
    readonly json?: unknown;
    readonly port: number;
  },
): Promise<Reply> {
  const { headers, method, json: body, port } = options;
  const content = body === undefined ? {} : { "Content-Type": "application/json" };
  return new Promise((resolve, reject) => {
    const sent = request(
      { host: "127.0.0.1", port, path, method, headers: { ...content, ...headers } },
      (response) => {
        let text = "";
        response.setEncoding("utf8");
        response.on("data", (chunk: string) => (text += chunk));
        response.on("end", () =>
          resolve({ status: response.statusCode ?? 0, headers: response.headers, body: text }),
        );
      },
    );
    sent.on("error", reject);
    sent.end(body === undefined ? undefined : JSON.stringify(body));
  });
}

/** Parses the JSON of an answer. */
export function json(reply: Pick<Reply, "body">): unknown {
  return JSON.parse(reply.body);
}
