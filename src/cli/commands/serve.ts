import { existsSync, readdirSync } from "node:fs";
import { Command } from "commander";
import { ReportPool } from "../../pipeline/reportPool.js";
import { startServer } from "../../server/startServer.js";
import { isLoopback } from "../../server/requestGuard.js";
import { openBrowser } from "../openBrowser.js";
import { wholeNumber } from "../parsers.js";
import { sshLine } from "../sshLine.js";
import { waitForInterrupt } from "../interrupt.js";
import { messageOf, TurncoatError } from "../../errors.js";

interface ServeFlags {
  readonly port: number;
  readonly strictPort?: boolean;
  readonly host: string;
  readonly token?: string;
  readonly basePath?: string;
  readonly allowedHost?: string[];
  readonly model?: string;
  readonly open?: boolean;
}

/** `turncoat serve`: the pages over one or many runs. */
export function serveCommand(): Command {
  return new Command("serve")
    .summary("show runs in the browser")
    .description("Serves the pages of runs on this machine. Nothing is loaded from elsewhere.")
    .argument("[runs...]", "run directories, or one folder that holds them", ["runs"])
    .option("--port <number>", "port; the next free one is taken where it is in use", wholeNumber(0), 7777)
    .option("--strict-port", "fail where the port is in use")
    .option("--host <address>", "address to listen on; any but this machine's own needs --token", "127.0.0.1")
    .option("--token <text>", "what a reader from elsewhere has to present")
    .option("--base-path <path>", "path prefix, behind a proxy")
    .option("--allowed-host <names...>", "further host names under which a proxy asks")
    .option("--open", "open the pages in the browser")
    .option("--model <folder>", "base model to ask, for runs whose own is not on this machine")
    .addHelpText(
      "after",
      "\nExample:\n  $ turncoat serve runs/demo\n\nFrom another machine:\n  $ ssh -L 7777:127.0.0.1:7777 this-machine\n",
    )
    .action(async (runs: string[], flags: ServeFlags) => {
      const { allowedHost, model, open, ...options } = flags;
      const reports = new ReportPool();
      const server = await startServer({
        ...locate(runs),
        ...reports.source,
        onError: (error) => process.stderr.write(`defect: ${messageOf(error)}\n`),
        ...options,
        baseModel: model,
        ...(allowedHost === undefined ? {} : { allowedHosts: allowedHost }),
      });
      const query = flags.token === undefined ? "" : `?token=${encodeURIComponent(flags.token)}`;
      console.log(`${server.url}${query}`);
      if (isLoopback(flags.host)) console.log(`from another machine: ${sshLine(server.port)}`);
      console.log("press Ctrl-C to stop");
      if (open === true) await openBrowser(`${server.url}${query}`);
      await waitForInterrupt();
      await server.close();
      await reports.close();
    });
}

/** Paths as the server takes them: one folder of runs, or runs. */
function locate(paths: readonly string[]): { runsRoot: string } | { runDirectories: readonly string[] } {
  for (const path of paths) {
    if (!existsSync(path)) {
      throw new TurncoatError(`${path}: there is no such folder`, {
        hint: "make a run first with turncoat demo or turncoat train",
      });
    }
  }
  const [only] = paths;
  const isRun = (folder: string): boolean =>
    readdirSync(folder).some((name) => name === "run.json" || /^checkpoint-\d+$/.test(name));
  return only !== undefined && paths.length === 1 && !isRun(only)
    ? { runsRoot: only }
    : { runDirectories: paths };
}
