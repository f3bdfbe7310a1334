import { CommanderError, type Command } from "commander";
import { describe, expect, test } from "vitest";
import { turncoatProgram } from "../../src/cli/program.js";
import { callsIn, codeOf, indentedLines, pages } from "../support/pages/pageCode.js";

const program = turncoatProgram();

/** What of a command line no command or option answers to. */
function unknownIn(words: readonly string[]): string[] {
  let command: Command = program;
  const rest = [...words];
  for (;;) {
    const next: Command | undefined = command.commands.find((each) => each.name() === rest[0]);
    if (next === undefined) break;
    command = next;
    rest.shift();
  }
  if (command === program) return words.slice(0, 1);
  const known = new Set([...command.options, ...program.options].map(({ long }) => long));
  return rest
    .map((word) => word.split("=")[0] ?? "")
    .filter((word) => word.startsWith("--") && word !== "--help" && !known.has(word));
}

function everyOption(command: Command): string[] {
  return [...command.options.map(({ long }) => long ?? ""), ...command.commands.flatMap(everyOption)];
}

/** A program that parses and does nothing, and throws where it cannot. */
function withoutActions(command: Command): Command {
  command.exitOverride().configureOutput({ writeOut: () => undefined, writeErr: () => undefined });
  if (command.parent !== null) command.action(() => undefined);
  command.commands.forEach(withoutActions);
  return command;
}

/** Flags of other programs that the pages name: npm, git, ssh and the server of a large model. */
const foreign = new Set(["--enable-lora", "--seed", "--cases", "--minutes", "--json", "--write", "--check"]);

describe.each(pages)("the page %s", (page) => {
  const code = codeOf(page);

  test("names only commands and options that there are", () => {
    const unknown = code
      .flatMap(callsIn)
      .map((words) => ({ line: words.join(" "), unknown: unknownIn(words) }))
      .filter((each) => each.unknown.length > 0);
    expect(unknown).toEqual([]);
  });

  test("gives only command lines that parse, with every value that is asked for and none too many", async () => {
    const unparsed: string[] = [];
    for (const words of indentedLines(page).flatMap(({ text }) => callsIn(text))) {
      const line = (words.join(" ").split(" > ")[0] ?? "").trim();
      const quoted = [...line.matchAll(/"([^"]*)"|'([^']*)'|(\S+)/g)];
      await withoutActions(turncoatProgram())
        .parseAsync(
          quoted.map(([, double, single, bare]) => double ?? single ?? bare ?? ""),
          { from: "user" },
        )
        .catch((error: unknown) => {
          const isHelp = error instanceof CommanderError && error.exitCode === 0;
          if (!isHelp) unparsed.push(`${line}: ${String(error)}`);
        });
    }
    expect(unparsed).toEqual([]);
  });

  test("names only flags that some command has, where a flag stands by itself", () => {
    const known = new Set(everyOption(program));
    const flags = code.flatMap((span) =>
      [...span.matchAll(/^(--[a-z][a-z-]*)/g)].map(([, flag = ""]) => flag),
    );
    expect(flags.filter((flag) => !known.has(flag) && !foreign.has(flag))).toEqual([]);
  });
});

test("the pages name every command but the one for logits", () => {
  const named = new Set(
    pages.flatMap((page) =>
      codeOf(page)
        .flatMap(callsIn)
        .map(([command]) => command),
    ),
  );
  const left = program.commands.map((command) => command.name()).filter((name) => !named.has(name));
  expect(left).toEqual(["logits"]);
});

test("examples in the help of every command name only commands and options that there are", () => {
  const helps = (command: Command): string[] => {
    let text = "";
    command.configureOutput({ writeOut: (part) => void (text += part) }).outputHelp();
    return [text, ...command.commands.flatMap(helps)];
  };
  const calls = helps(program).flatMap((help) =>
    help
      .replace(/\\\n\s*/g, " ")
      .split("\n")
      .filter((line) => line.includes("$ "))
      .flatMap(callsIn),
  );
  expect(calls.length).toBeGreaterThan(20);
  expect(calls.flatMap((words) => unknownIn(words).map((each) => [words.join(" "), each]))).toEqual([]);
});
