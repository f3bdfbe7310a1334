import { existsSync } from "node:fs";
import { basename } from "node:path";
import { readText } from "../../formats/json.js";
import { Command } from "commander";
import { localAnswerJudge, type AnswerJudge } from "../../pipeline/playground/answerJudge.js";
import { PlaygroundJudge } from "../../pipeline/playground/playgroundJudge.js";
import { reportsFolder } from "../open/cacheFolder.js";
import { startServerProcesses } from "../../server/reports/serverProcesses.js";
import { readStudy } from "../../pipeline/study/studyFile.js";
import { studyPlan, type StudyPlan } from "../../pipeline/study/studyPlan.js";
import { isFolder } from "../../runs/isFolder.js";
import { isRunFolder, type RunSources } from "../../runs/runCatalog.js";
import { startServer } from "../../server/http/startServer.js";
import { isLoopback } from "../../server/http/requestGuard.js";
import { chatTemplateOf } from "../open/chatTemplate.js";
import { addJudgeOptions, waitedForJudge, type JudgeFlags } from "../flags/judgeFlags.js";
import { judgeKindOf, llmJudgeOptions, openFolder, openProbe } from "../open/judge.js";
import type { EngineFlags } from "../flags/engineFlags.js";
import { openBrowser } from "../output/openBrowser.js";
import { sshLine } from "../output/sshLine.js";
import { waitForInterrupt } from "../interrupt.js";
import { messageOf, TurncoatError } from "../../errors.js";
import { print, tell } from "../output/terminal.js";
import { commandLine } from "../../hints.js";
import { didYouMeanPath } from "../../tensor/nearestPath.js";
import type { JsonFlag } from "../flags/jsonOption.js";

interface ServeFlags extends JsonFlag, JudgeFlags, EngineFlags {
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

/** Runs `turncoat serve`. */
export async function serveAction(runs: string[], flags: ServeFlags, command: Command): Promise<void> {
  const { port, strictPort, host, basePath, allowedHost, model, open } = flags;
  const token = tokenOf(flags);
  const judge = await openPlaygroundJudge(command, flags);
  const sources = locate(runs);
  const { runsRoot } = sources;
  const processes = startServerProcesses({ runsRoot, keptRoot: reportsFolder() });
  const server = await startServer({
    ...sources,
    ...processes.options,
    onError: (error) => tell(`defect: ${messageOf(error)}`),
    ...{ port, strictPort, host, token, basePath, judge },
    baseModel: model,
    chatTemplate: chatTemplateOf(flags),
    readsAhead: true,
    ...(allowedHost === undefined ? {} : { allowedHosts: allowedHost }),
  });
  // Before the words that tell how: a signal may come with them.
  const interrupted = waitForInterrupt();
  const query = token === undefined ? "" : `?token=${encodeURIComponent(token)}`;
  const url = `${server.url}${query}`;
  const tunnel = isLoopback(host) ? sshLine(server.port) : null;
  if (flags.json === true)
    print(JSON.stringify({ url, port: server.port, tunnel, judge: judge?.name ?? null }));
  else {
    print(url);
    if (tunnel !== null) print(`from another machine: ${tunnel}`);
    if (judge !== undefined) print(`the playground is judged by ${judge.name}${placeOf(flags)}`);
    print("press Ctrl-C to stop");
  }
  if (open === true) await openBrowser(url);
  await interrupted;
  await server.close();
  processes.close();
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
  const judgeOptions = addJudgeOptions(new Command(), waitedForJudge).options;
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

/** Paths as the server takes them: one folder of runs, the file of a study, or runs. */
function locate(paths: readonly string[]): RunSources & { readonly study?: StudyPlan } {
  for (const path of paths) {
    if (!existsSync(path)) {
      throw new TurncoatError(`${path}: there is no such folder`, {
        hint: didYouMeanPath(path) ?? `Make a run first: ${commandLine("demo")}`,
      });
    }
  }
  const [only] = paths;
  if (only === undefined || paths.length > 1) return { runDirectories: paths };
  if (/\.ya?ml$/.test(only)) return studySources(only);
  return isRunFolder(only) ? { runDirectories: paths } : { runsRoot: only };
}

/** Runs of a study, with its plan as the file says it now. */
function studySources(file: string): RunSources & { readonly study: StudyPlan } {
  const study = readStudy(file);
  if (!isFolder(study.runsRoot)) {
    throw new TurncoatError(`${file}: expected a folder of runs at ${study.runsRoot}, found none`, {
      hint: `Make the runs first: ${commandLine("study", "run", file)}`,
    });
  }
  return { runsRoot: study.runsRoot, study: studyPlan(study) };
}
