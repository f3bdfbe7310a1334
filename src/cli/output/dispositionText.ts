import {
  chanceWidth,
  dispositionCurve,
  type DispositionCurve,
} from "../../analysis/directions/disposition.js";
import { dispositionWords, percentWords } from "../../analysis/transitions/behavior/dispositionWords.js";
import { readingOf, type RunDisposition } from "../../pipeline/results/dispositionResult.js";
import { textTable } from "./tables/textTable.js";

/** Most checkpoints in the table. */
const shownSteps = 13;

/** Readings of a run as lines for the terminal: the verdict, the curve, and every direction after every layer. */
export function dispositionText(read: RunDisposition, curve: DispositionCurve): string {
  const { steps } = curve;
  const rows = [
    ...new Set(
      Array.from({ length: shownSteps }, (_, index) =>
        Math.round((index * (steps.length - 1)) / (shownSteps - 1)),
      ),
    ),
  ];
  return [
    dispositionWords(curve),
    textTable([
      ["step", `% of ${curve.direction}`, "95 %", "by chance"],
      ...rows.map((index) => {
        const band = curve.chance[index];
        return [
          String(steps[index] ?? NaN),
          percentWords(curve.values[index] ?? NaN),
          `[${(curve.intervals[index] ?? []).map(percentWords).join(", ")}]`,
          band === undefined ? "–" : `± ${percentWords(chanceWidth(band))}`,
        ];
      }),
    ]),
    "(by chance: 95 % of directions drawn evenly, or among those in which prompts differ, move no further from the first step)",
    "change from the first to the last step",
    textTable([
      ["direction", "layer", "last token", "by chance", "mean over the prompt", "by chance"],
      ...read.about.directions.flatMap(({ name, layers }) =>
        layers.map(({ layer }) => [name, String(layer), ...changeCells(read, name, layer)]),
      ),
    ]),
  ].join("\n\n");
}

function changeCells(read: RunDisposition, direction: string, layer: number): string[] {
  return (["last", "prompt"] as const).flatMap((place) => {
    const { values, chance } = dispositionCurve(readingOf(read, { direction, layer, place }), {
      resamples: 0,
    });
    const band = chance.at(-1);
    return [
      `${percentWords((values.at(-1) ?? NaN) - (values[0] ?? NaN))} %`,
      band === undefined ? "–" : `± ${percentWords(chanceWidth(band))}`,
    ];
  });
}
