import { Command } from "commander";
import { chatTemplateOption } from "../flags/chatTemplateFlag.js";
import { addJudgeOptions, waitedForJudge } from "../flags/judgeFlags.js";
import { wholeNumber } from "../flags/parsers.js";
import { lazily } from "../flags/lazily.js";
import { jsonOption } from "../flags/jsonOption.js";

const examples = `
Examples:
  $ turncoat serve runs/demo
  $ turncoat serve study.yaml

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
    .argument("[runs...]", "run directories, one folder that holds them, or the file of a study", ["runs"])
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
    .addOption(jsonOption("print the address as one JSON object in a line"))
    .option("--open", "open the pages in the browser")
    .option("--model <folder>", "base model to ask, for runs whose own is not on this machine")
    .addOption(chatTemplateOption("the run's; this one where neither run nor model has any"));
  return addJudgeOptions(command, waitedForJudge)
    .addHelpText("after", examples)
    .action(lazily(async () => (await import("../actions/serve.js")).serveAction));
}
