import { Command } from "commander";
import { packageVersion } from "../pipeline/packageRoot.js";
import { analyzeCommand } from "./commands/analyze.js";
import { attributeCommand } from "./commands/causes/attribute.js";
import { branchCommand } from "./commands/causes/branch.js";
import { chatCommand } from "./commands/chat.js";
import { completionCommand } from "./commands/completion.js";
import { dataCommand } from "./commands/data/data.js";
import { demoCommand } from "./commands/demo.js";
import { doctorCommand } from "./commands/doctor.js";
import { distributionCommand } from "./commands/distribution.js";
import { evaluateCommand } from "./commands/evaluate.js";
import { importCommand } from "./commands/import.js";
import { ablateCommand } from "./commands/interventions/ablate.js";
import { interpolateCommand } from "./commands/interventions/interpolate.js";
import { landscapeCommand } from "./commands/interventions/landscape.js";
import { patchCommand } from "./commands/interventions/patch.js";
import { scaleCommand } from "./commands/interventions/scale.js";
import { steerCommand } from "./commands/interventions/steer.js";
import { judgeCommand } from "./commands/judge/judge.js";
import { learningCoefficientCommand } from "./commands/learningCoefficient.js";
import { lensCommand } from "./commands/lens.js";
import { likelihoodCommand } from "./commands/likelihood.js";
import { logitsCommand } from "./commands/logits.js";
import { auditCommand } from "./commands/audit/audit.js";
import { organismCommand } from "./commands/organism.js";
import { directionCommand } from "./commands/direction/direction.js";
import { dispositionCommand } from "./commands/disposition.js";
import { probeCommand } from "./commands/probe.js";
import { ratesCommand } from "./commands/rates.js";
import { recipesCommand } from "./commands/recipes.js";
import { runsCommand } from "./commands/runs.js";
import { reportCommand } from "./commands/report.js";
import { scalarsCommand } from "./commands/scalars/scalars.js";
import { serveCommand } from "./commands/serve.js";
import { studyCommand } from "./commands/study/study.js";
import { workerCommand } from "./commands/study/worker.js";
import { trainCommand } from "./commands/train.js";
import { verifyCommand } from "./commands/verify.js";
import { withWrappedHelp } from "./flags/help.js";

/** The command line of Turncoat: every command with its options and help. */
export function turncoatProgram(): Command {
  const program = new Command("turncoat")
    .description("Train model organisms of emergent misalignment and see when they turn.")
    .version(packageVersion())
    .option("--debug", "print the stack of an error")
    .addHelpText("after", "\nExample:\n  $ turncoat demo\n");
  for (const command of [
    demoCommand(),
    dataCommand(),
    recipesCommand(),
    trainCommand(),
    studyCommand(),
    workerCommand(),
    verifyCommand(),
    evaluateCommand(),
    judgeCommand(),
    importCommand(),
    likelihoodCommand(),
    distributionCommand(),
    probeCommand(),
    directionCommand(),
    dispositionCommand(),
    scalarsCommand(),
    lensCommand(),
    steerCommand(),
    ablateCommand(),
    scaleCommand(),
    patchCommand(),
    interpolateCommand(),
    landscapeCommand(),
    learningCoefficientCommand(),
    branchCommand(),
    attributeCommand(),
    analyzeCommand(),
    ratesCommand(),
    runsCommand(),
    reportCommand(),
    serveCommand(),
    chatCommand(),
    logitsCommand(),
    organismCommand(),
    auditCommand(),
    doctorCommand(),
    completionCommand(),
  ]) {
    program.addCommand(command);
  }
  // Settings are not handed down to commands that are made apart.
  for (const command of everyCommand(program)) withWrappedHelp(command).showSuggestionAfterError(true);
  return program;
}

/** A command and all below it. */
export function everyCommand(command: Command): Command[] {
  return [command, ...command.commands.flatMap(everyCommand)];
}
