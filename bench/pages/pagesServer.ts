/** Process of the server that `pages.ts` measures: one JSON request a line, one JSON answer a line. */
import { createInterface } from "node:readline";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { messageOf } from "../../src/errors.js";
import { startServerProcesses } from "../../src/server/reports/serverProcesses.js";
import { startServer } from "../../src/server/http/startServer.js";
import { serverRequest } from "./pagesMessages.js";

setFlagsFromString("--expose-gc");

async function answer(line: string): Promise<object> {
  const request = serverRequest.parse(JSON.parse(line));
  if (request.ask === "memory") {
    runInNewContext("gc()");
    const { rss, heapUsed } = process.memoryUsage();
    return { resident: rss, heap: heapUsed };
  }
  const { runsRoot, webRoot, keptRoot } = request;
  const { url } = await startServer({
    runsRoot,
    webRoot,
    port: 0,
    readsAhead: true,
    ...startServerProcesses({ runsRoot, keptRoot }).options,
  });
  return { url };
}

for await (const line of createInterface({ input: process.stdin })) {
  try {
    console.log(JSON.stringify(await answer(line)));
  } catch (error) {
    console.log(JSON.stringify({ error: messageOf(error) }));
  }
}
