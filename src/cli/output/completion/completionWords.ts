import type { Argument, Command, Option } from "commander";
import { choicesOf } from "../../flags/parsers.js";

/** A flag of a command, as far as a shell completes it. */
export interface CompletedFlag {
  readonly name: string;
  readonly words: string;
  /** True where a value comes behind it. */
  readonly takesValue: boolean;
  /** Values that it may have; empty where they are not a few, so that files are offered. */
  readonly choices: readonly string[];
}

/** What can come behind a command: its subcommands, flags and known arguments. */
export interface CompletedCommand {
  /** Names from below the program to the command, such as `direction find`; empty for the program itself. */
  readonly path: string;
  readonly commands: readonly { readonly name: string; readonly words: string }[];
  readonly flags: readonly CompletedFlag[];
  /** Names that its arguments may be, beside files. */
  readonly arguments: readonly string[];
}

/** Everything that can be completed, for each command of a program, the program itself first. */
export function completionWords(program: Command): CompletedCommand[] {
  const help: Option[] = [...program.options];
  const below = (command: Command, path: string): CompletedCommand[] => [
    {
      path,
      commands: command.commands.map((each) => ({
        name: each.name(),
        words: shortWords(each.summary() === "" ? each.description() : each.summary()),
      })),
      flags: [
        ...[...command.options, ...(command === program ? [] : help.filter(({ long }) => long === "--debug"))]
          .filter(({ hidden }) => !hidden)
          .flatMap(completedFlag),
        { name: "--help", words: "display help for command", takesValue: false, choices: [] },
      ],
      arguments: command.registeredArguments.flatMap((each: Argument) => choicesOf(each.parseArg)),
    },
    ...command.commands.flatMap((each) => below(each, path === "" ? each.name() : `${path} ${each.name()}`)),
  ];
  return below(program, "");
}

function completedFlag({ long, description, required, optional, parseArg }: Option): CompletedFlag[] {
  if (long === undefined) return [];
  const takesValue = required || optional;
  return [{ name: long, words: shortWords(description), takesValue, choices: choicesOf(parseArg) }];
}

/** The first words of a description, with no sign that a shell would read. */
function shortWords(text: string): string {
  const [first = ""] = text.replaceAll(/\s+/g, " ").split(/[.;(]/);
  return first.replaceAll(/['"`\\$:[\]]/g, "").trim();
}
