import { Command } from "commander";
import { makeAuditCommand } from "./make.js";
import { scoreAuditCommand } from "./score.js";

/** `turncoat audit`: sealed runs of known truth, and what signs and people make of them. */
export function auditCommand(): Command {
  return new Command("audit")
    .summary("make sealed runs of known truth, and score what signs and people say of them")
    .description(
      "Makes runs of which nobody who looks at them knows whether they were trained to harm, and scores what detectors,\n" +
        "controls and people say of them against the sealed truth.",
    )
    .addCommand(makeAuditCommand())
    .addCommand(scoreAuditCommand());
}
