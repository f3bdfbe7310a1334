import type { LensToken } from "../../analysis/directions/lensReading.js";
import type { LensResult } from "../../pipeline/directions/lensDirections.js";
import { alignedTable, significant } from "./tables/textTable.js";

/**
 * Directions read through the output weights, as lines for the terminal.
 *
 * @param decode gives the text of a token
 */
export function lensText(
  { directions, random, seed }: LensResult,
  vocabularySize: number,
  decode: (token: number) => string,
): string {
  const { n, mean, standardDeviation, max } = random.largestZ;
  return [
    `W_U·(g ⊙ v̂), z over ${vocabularySize} tokens. ${n} random directions (seed ${seed}): largest |z| ` +
      `${mean.toFixed(2)} ± ${standardDeviation.toFixed(2)}, at most ${max.toFixed(2)}.`,
    ...directions.map(({ name, top, bottom, largestZ, pValue, standsOut }) =>
      [
        `${name}: largest |z| ${largestZ.toFixed(2)}, p = ${significant(pValue, 2)}: ${verdict(standsOut)}${
          directions.length > 1 ? ` (5 % over ${directions.length} directions)` : ""
        }.`,
        alignedTable([
          ["top", "z", "bottom", "z"],
          ...top.map((token, index) => [...cells(token), ...cells(bottom[index])]),
        ]),
      ].join("\n"),
    ),
  ].join("\n\n");

  function cells(token: LensToken | undefined): string[] {
    return token === undefined ? ["", ""] : [JSON.stringify(decode(token.token)), token.z.toFixed(2)];
  }
}

function verdict(standsOut: boolean | null): string {
  if (standsOut === null)
    return "too few random directions to tell whether it stands out; ask for more with --draws";
  return standsOut ? "stands out of random directions" : "does not stand out of random directions";
}
