import { wilsonInterval } from "../../src/analysis/statistics/wilson.js";
import { turningParts } from "../../src/analysis/transitions/rotation/turningParts.js";
import { bentParts, isBent, partPaths, straightParts } from "../../test/support/trials/partTrials.js";

/** Parts and steps of a trial: the adapters of a model, and a run as long as the paper's figures. */
const shape = { parts: 168, steps: 100 };

/** Half-windows of a run that stores every step, and how far from its step a turn is found. */
const windows = [5, 10];
const near = 10;

/**
 * Counts how often the test of many parts names one that does not turn, and how many it finds of those that do, as a
 * table in Markdown.
 * @param options.chosen names of the families. @default all
 * @param options.runs trials of every family. @default 100
 */
export function turningPartsBench({
  chosen,
  runs = 100,
}: {
  readonly chosen?: readonly string[] | undefined;
  readonly runs?: number | undefined;
}): string {
  const families = [...straightParts, ...bentParts].filter(({ name }) => chosen?.includes(name) ?? true);
  const rows = families.map((family) => {
    let [wrongRuns, wrong, found, bent] = [0, 0, 0, 0];
    for (let seed = 1; seed <= runs; seed++) {
      const { parts } = turningParts(partPaths(family, { ...shape, seed }), { windows, frozenBelow: 0.02 });
      let wrongHere = 0;
      for (const [part, { turns, step }] of parts.entries()) {
        if (!isBent(family, part, shape.parts)) wrongHere += turns ? 1 : 0;
        else {
          bent++;
          if (turns && Math.abs((step ?? NaN) - shape.steps / 2) <= near) found++;
        }
      }
      wrong += wrongHere;
      if (wrongHere > 0) wrongRuns++;
    }
    console.error(`  ${family.name}: ${wrongRuns} of ${runs}`);
    const [low, high] = wilsonInterval(wrongRuns, runs).map((share) => (100 * share).toFixed(1));
    const power = bent === 0 ? "–" : ((100 * found) / bent).toFixed(0);
    return `| ${family.name} | ${wrongRuns} of ${runs} | [${low ?? ""}, ${high ?? ""}] | ${wrong} | ${power} |`;
  });
  return [
    "| parts | runs with a part wrongly named | % | parts wrongly named | found of those that turn, % |",
    "| --- | --: | --: | --: | --: |",
    ...rows,
  ].join("\n");
}
