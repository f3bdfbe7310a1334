import { spawn, type ChildProcessWithoutNullStreams } from "node:child_process";
import { request } from "node:http";
import { createInterface } from "node:readline";
import { cli } from "./seedRun.js";

/** A server of runs, as somebody starts it. */
export interface ServedRuns {
  readonly process: ChildProcessWithoutNullStreams;
  /** Address of its API. */
  readonly api: URL;
  /** Resolves when the process has ended. */
  readonly ended: Promise<void>;
}

/** Serves a folder of runs on any free port. */
export async function serveRuns(root: string): Promise<ServedRuns> {
  const child = spawn(process.execPath, [cli, "serve", root, "--port", "0"]);
  child.stdin.end();
  const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  const first = await createInterface({ input: child.stdout })[Symbol.asyncIterator]().next();
  return { process: child, api: new URL("api/v1/", String(first.value)), ended };
}

/** Answer of a server; status 0 where there was none. */
export interface Asked {
  readonly status: number;
  /** First characters of the body. */
  readonly body: string;
  readonly milliseconds: number;
}

/** Asks a server, with a body as JSON where there is one. */
export function ask(
  url: URL,
  { json, patience = 20_000 }: { json?: unknown; patience?: number } = {},
): Promise<Asked> {
  const began = performance.now();
  return new Promise((resolve) => {
    const end = (status: number, body: string): void =>
      resolve({ status, body, milliseconds: performance.now() - began });
    const method = json === undefined ? "GET" : "POST";
    const headers = json === undefined ? {} : { "Content-Type": "application/json" };
    const sent = request(url, { method, headers, signal: AbortSignal.timeout(patience) }, (response) => {
      let body = "";
      response.on("data", (data: Buffer) => (body += body.length < 1e6 ? data.toString() : ""));
      response.on("end", () => end(response.statusCode ?? 0, body));
      response.on("error", (error) => end(0, String(error)));
    });
    sent.on("error", (error) => end(0, String(error)));
    sent.end(json === undefined ? undefined : JSON.stringify(json));
  });
}
