/**
 * From which step on does a change of training come too late? What `turncoat branch` found of a run, and of the runs it was
 * studied with: answers at the end of every branch, held against going on unchanged, and the last step from which each change
 * still halves the misaligned ones.
 */
import * as t from "turncoat";
import * as kit from "./runScript.js";

const script = "15-point-of-no-return";

export const command = kit
  .scriptCommand(script, "Finds the last step from which a change still halves misaligned answers.")
  .action(async (run: string, flags: kit.ScriptFlags) => {
    const { analysis, warnings } = await t.analyzeRun(run);
    kit.printWarnings(warnings);
    const found = t.readBranches(run);
    if (found === null) {
      throw kit.cannotSay(
        run,
        "no branches were made of it",
        `turncoat branch ${run} --from 0,40 --with careful`,
      );
    }
    const { rows, sentences } = t.branchTables(found);
    const words = found.interventions.map(({ name, words: said }) => `${name}: ${said}.`);
    await kit.showResult({
      ...{ script, directory: run, flags, title: "The point of no return" },
      sentences: [...words, ...sentences],
      rows,
      figures: (["em", "coherent"] as const).map((of) => t.branchFigure(analysis, found, of)),
    });
  });

await kit.runScript(import.meta.filename, command);
