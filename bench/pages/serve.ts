import { setTimeout as delay } from "node:timers/promises";
import { LineProcess } from "../harness/lineProcess.js";
import { startedSchema, type ServerRequest } from "./pagesMessages.js";

/**
 * Starts a server of runs in a process of its own.
 * @param keptRoot where reports are kept for servers to come; none is kept without it
 */
export async function serve(
  runsRoot: string,
  webRoot: string,
  keptRoot?: string,
): Promise<{ readonly server: LineProcess; readonly url: string }> {
  const server = new LineProcess("server", "pages/pagesServer.ts");
  const start: ServerRequest = { ask: "start", runsRoot, webRoot, keptRoot };
  const { url } = await server.ask(start, startedSchema);
  // Its threads load their modules meanwhile, as those of a server that has been running do.
  await delay(10_000);
  return { server, url };
}
