import { Command } from "commander";
import { compareDirectionsCommand } from "./compareDirections.js";
import { downstreamCommand } from "./downstream.js";
import { exportDirectionCommand } from "./exportDirection.js";
import { findDirectionCommand } from "./findDirection.js";
import { listDirectionsCommand } from "./listDirections.js";
import { reportDirectionCommand } from "./reportDirection.js";
import { showDirectionCommand } from "./showDirection.js";

/** `turncoat direction`: vectors in the residual stream, kept with a run and with what made them. */
export function directionCommand(): Command {
  return new Command("direction")
    .summary("find, keep, compare and hand on directions in the residual stream")
    .description(
      "A direction is one vector after each layer, kept with a run under a name, with what made it: the difference of\n" +
        "misaligned and aligned answers, of two personas, a probe, what an adapter writes, or a vector from a file.\n" +
        "Different constructions are near-orthogonal, so none is the direction of a behaviour.",
    )
    .addCommand(findDirectionCommand())
    .addCommand(listDirectionsCommand())
    .addCommand(showDirectionCommand())
    .addCommand(compareDirectionsCommand())
    .addCommand(downstreamCommand())
    .addCommand(reportDirectionCommand())
    .addCommand(exportDirectionCommand());
}
