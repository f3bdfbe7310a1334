import type { Command } from "commander";
import type { Shell } from "../flags/choices.js";
import { completionScript } from "../output/completion/completionScripts.js";
import { completionWords } from "../output/completion/completionWords.js";
import { print } from "../output/terminal.js";

/** Runs `turncoat completion`. */
export function completionAction(shell: Shell, _: unknown, command: Command): void {
  const program = command.parent ?? command;
  print(completionScript(shell, program.name(), completionWords(program)));
}
