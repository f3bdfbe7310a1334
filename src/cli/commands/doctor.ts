import { Command } from "commander";
import { jsonOption } from "../flags/jsonOption.js";
import { lazily } from "../flags/lazily.js";

/** `turncoat doctor`: what runs on this machine, and how to get what is missing. */
export function doctorCommand(): Command {
  return new Command("doctor")
    .summary("say what runs on this machine, and how to get what is missing")
    .description(
      "Runs a small program on every engine and says which run here, on what, and how to get the others; and what else\n" +
        "Turncoat finds: Node, cores and memory, danfojs, a browser, models. Exit status: 1 where no engine runs, else 0.",
    )
    .option("--models <folder>", "folder whose models are listed", "models")
    .addOption(jsonOption())
    .addHelpText("after", "\nExample:\n  $ turncoat doctor\n  $ turncoat doctor --models elsewhere --json\n")
    .action(lazily(async () => (await import("../actions/doctor.js")).doctorAction));
}
