import type { RemovalTest } from "../../../analysis/attribution/removalTest.js";
import { removalWords } from "../../../analysis/attribution/removalWords.js";
import type { RunRemoval } from "../../../pipeline/results/removalResult.js";
import { alignedTable, significant } from "../tables/textTable.js";

/** What became of trainings without rows, as lines for the terminal. */
export function removalText(removal: RemovalTest & Pick<RunRemoval, "top" | "outcomes">): string {
  const { rows, top, outcomes } = removal;
  const folderOf = (arm: string, seed: number): string =>
    outcomes.find((each) => each.arm === arm && each.seed === seed)?.folder ?? "";
  return [
    alignedTable([
      ["run", "gap, first", "gap, final", "half of whole rise at", "EM %"],
      ...rows.map(({ arm, seed, first, final, half, emPercent }) => [
        folderOf(arm, seed),
        significant(first, 5),
        significant(final, 5),
        half === null ? "never" : significant(half),
        significant(emPercent),
      ]),
    ]),
    removalWords(removal, top).join("\n"),
    "Differences are seed by seed, with 95 % intervals by Student's t.",
  ].join("\n\n");
}
