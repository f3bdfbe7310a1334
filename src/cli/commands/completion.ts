import { Argument, Command } from "commander";
import { lazily } from "../flags/lazily.js";
import { oneOf } from "../flags/parsers.js";
import { shells } from "../flags/choices.js";

/** `turncoat completion`: completes command lines in a shell. */
export function completionCommand(): Command {
  return new Command("completion")
    .summary("print the script that completes commands, flags and names in a shell")
    .description(
      "Prints a script by which a shell completes commands, flags, and the names that flags take, with the tab key. It\n" +
        "completes the word turncoat, which is there after npm install -g, or with node_modules/.bin in the PATH.",
    )
    .addArgument(new Argument("<shell>", `one of ${shells.join(", ")}`).argParser(oneOf(shells)))
    .addHelpText(
      "after",
      "\nExample:\n  $ source <(turncoat completion bash)\n  $ source <(turncoat completion zsh)\n" +
        "  $ turncoat completion fish > ~/.config/fish/completions/turncoat.fish\n",
    )
    .action(lazily(async () => (await import("../actions/completion.js")).completionAction));
}
