import { existsSync } from "node:fs";
import { basename } from "node:path";
import { readText } from "../../formats/json.js";
import { Command } from "commander";
import { localAnswerJudge, type AnswerJudge } from "../../pipeline/playground/answerJudge.js";
import { PlaygroundJudge } from "../../pipeline/playground/playgroundJudge.js";
import { startServerProcesses } from "../../server/reports/serverProcesses.js";
import { isRunFolder, type RunSources } from "../../runs/runCatalog.js";
import { startServer } from "../../server/http/startServer.js";
import { isLoopback } from "../../server/http/requestGuard.js";
import { chatTemplateOf, chatTemplateOption } from "../flags/chatTemplateFlag.js";
import {
  addJudgeOptions,
  judgeKindOf,
  llmJudgeOptions,
  openFolder,
  openProbe,
  type JudgeDefaults,
  type JudgeFlags,
} from "../flags/judgeFlags.js";
import type { EngineFlags } from "../flags/engineFlags.js";
import { openBrowser } from "../output/openBrowser.js";
import { wholeNumber } from "../flags/parsers.js";
import { sshLine } from "../output/sshLine.js";
import { waitForInterrupt } from "../interrupt.js";
import { messageOf, TurncoatError } from "../../errors.js";
import { print, tell } from "../output/terminal.js";

interface ServeFlags extends JudgeFlags, EngineFlags {
  readonly port: number;
  readonly strictPort?: boolean;
  readonly host: string;
  readonly token?: string;
  readonly tokenFile?: string;
  readonly basePath?: string;
  readonly allowedHost?: string[];
  readonly model?: string;
  readonly chatTemplate?: string;
  readonly open?: boolean;
}

/** Defaults of a judge that somebody waits for at a page. */
const judgeDefaults: JudgeDefaults = { cache: "in memory alone", timeout: 30, retries: 2, countsCost: false };

const examples = `
Examples:
  $ turncoat serve runs/demo

  With a language model that judges what is said in the playground:
  $ OPENAI_API_KEY=… turncoat serve runs --judge-model gpt-4o-2024-08-06
  $ turncoat serve runs --judge-probe judge.json
  $ turncoat serve runs --judge-model gemma-3-27b-it --judge-endpoint http://localhost:8000/v1

Ctrl-C or SIGTERM ends it, with status 0 where it ends in good order.

From another machine:
  $ ssh -L 7777:127.0.0.1:7777 this-machine
`;

/** `turncoat serve`: the pages over one or many runs. */
export function serveCommand(): Command {
  const command = new Command("serve")
    .summary("show runs in the browser")
    .description(
      "Serves the pages of runs on this machine. Nothing is loaded from elsewhere, and nothing sent there but what a\n" +
        "judge is asked, where one is named: each question and answer of the playground. The API key is read from the\n" +
        "environment and written nowhere.",
    )
    .argument("[runs...]", "run directories, or one folder that holds them", ["runs"])
    .option("--port <number>", "port; the next free one is taken where it is in use", wholeNumber(0), 7777)
    .option("--strict-port", "fail where the port is in use")
    .option("--host <address>", "address to listen on; any but this machine's own needs --token", "127.0.0.1")
    .option(
      "--token <text>",
      "what a reader from elsewhere has to present (default: TURNCOAT_TOKEN of the environment, which no list of processes shows)",
    )
    .option("--token-file <file>", "a file that holds the token")
    .option("--base-path <path>", "path prefix, behind a proxy")
    .option("--allowed-host <names...>", "further host names under which a proxy asks")
    .option("--open", "open the pages in the browser")
    .option("--model <folder>", "base model to ask, for runs whose own is not on this machine")
    .addOption(chatTemplateOption("the run's; this one where neither run nor model has any"));
  return addJudgeOptions(command, judgeDefaults)
    .addHelpText("after", examples)
    .action(async (runs: string[], flags: ServeFlags) => {
      const { port, strictPort, host, basePath, allowedHost, model, open } = flags;
      const token = tokenOf(flags);
      const judge = await openPlaygroundJudge(command, flags);
      const sources = locate(runs);
      const processes = startServerProcesses(sources);
      const server = await startServer({
        ...sources,
        ...processes.options,
        onError: (error) => tell(`defect: ${messageOf(error)}`),
        ...{ port, strictPort, host, token, basePath, judge },
        baseModel: model,
        chatTemplate: chatTemplateOf(flags),
        ...(allowedHost === undefined ? {} : { allowedHosts: allowedHost }),
      });
      const query = token === undefined ? "" : `?token=${encodeURIComponent(token)}`;
      print(`${server.url}${query}`);
      if (isLoopback(host)) print(`from another machine: ${sshLine(server.port)}`);
      if (judge !== undefined) print(`the playground is judged by ${judge.name}${placeOf(flags)}`);
      print("press Ctrl-C to stop");
      if (open === true) await openBrowser(`${server.url}${query}`);
      await waitForInterrupt();
      await server.close();
      processes.close();
    });
}

/** The token of the command line, of a file, or of the environment. */
function tokenOf({ token, tokenFile }: ServeFlags): string | undefined {
  if (token !== undefined && tokenFile !== undefined) {
    throw new TurncoatError("expected --token or --token-file, found both");
  }
  if (tokenFile !== undefined) return readText(tokenFile).trim();
  return token ?? process.env.TURNCOAT_TOKEN;
}

/**
 * The judge of the playground, where one is named.
 * @throws TurncoatError where something is said of a judge that is not named, or it cannot be used
 */
async function openPlaygroundJudge(command: Command, flags: ServeFlags): Promise<AnswerJudge | undefined> {
  const judgeOptions = addJudgeOptions(new Command(), judgeDefaults).options;
  const given = judgeOptions.filter(
    (option) => command.getOptionValueSource(option.attributeName()) === "cli",
  );
  if (given.length === 0) return undefined;
  const kind = judgeKindOf<never>(flags, undefined, "openai");
  if (kind === "probe")
    return localAnswerJudge(basename(flags.judgeProbe ?? "", ".json"), await openProbe(flags));
  if (kind === "folder") {
    const { cache: cachePath } = flags;
    const judge = await openFolder(flags, {
      mostKept: repliesKept,
      ...(cachePath === undefined ? {} : { cachePath }),
    });
    return localAnswerJudge(basename(flags.judgeFolder ?? ""), judge);
  }
  return PlaygroundJudge.open(llmJudgeOptions(flags));
}

/** Most replies held in memory: a long-lived server must not grow with what its readers ask. */
const repliesKept = 20_000;

/** Where a judge is that is not here. */
function placeOf({ judgeFolder, judgeProbe, judgeEndpoint }: ServeFlags): string {
  return judgeFolder === undefined && judgeProbe === undefined ? ` at ${judgeEndpoint}` : "";
}

/** Paths as the server takes them: one folder of runs, or runs. */
function locate(paths: readonly string[]): RunSources {
  for (const path of paths) {
    if (!existsSync(path)) {
      throw new TurncoatError(`${path}: there is no such folder`, {
        hint: "make a run first with turncoat demo or turncoat train",
      });
    }
  }
  const [only] = paths;
  return only !== undefined && paths.length === 1 && !isRunFolder(only)
    ? { runsRoot: only }
    : { runDirectories: paths };
}
