import type { ScalarTokens, TokenMean } from "../../../analysis/scalars/tokenMeans.js";
import type { RunScalars } from "../../../pipeline/measurement/runScalars.js";
import { alignedTable, significant } from "../tables/textTable.js";

/**
 * Tokens at which adapters' scalars are highest and lowest, as lines for the terminal. A token whose mean lies
 * further from the rest, in standard errors, than that of any token in any shuffle carries a mark.
 *
 * @param decode gives the text of a token
 */
export function scalarTokensText(
  { step, aligned, misaligned }: RunScalars,
  adapters: readonly ScalarTokens[],
  decode: (token: number) => string,
): string {
  const answers = new Set(aligned.answerIndex).size;
  return [
    `Step ${step}: ${adapters.length} ${adapters.length === 1 ? "scalar" : "scalars"} at ${misaligned.answerIndex.length} tokens of ${answers} ` +
      `misaligned and ${aligned.answerIndex.length} tokens of as many aligned answers.`,
    ...adapters.map((adapter) => adapterText(adapter, decode)),
  ].join("\n\n");
}

function adapterText(
  { feature, all, highest, lowest, shuffled }: ScalarTokens,
  decode: (token: number) => string,
): string {
  if (highest.length === 0) return `${feature}: no token occurs often enough to be listed.`;
  const isBeyond = ({ z }: TokenMean): boolean => Math.abs(z) > shuffled.largestZ.max;
  const row = (token: TokenMean | undefined): string[] =>
    token === undefined
      ? ["", "", "", ""]
      : [
          `${JSON.stringify(decode(token.token))}${isBeyond(token) ? " *" : ""}`,
          significant(token.mean),
          significant(token.z, 2),
          String(token.count),
        ];
  const heading = ["mean", "z", "n"];
  return [
    `${feature}: mean ${significant(all.mean)}, standard deviation ${significant(all.standardDeviation)}. Shuffled, the highest mean of a token is ` +
      `${range(shuffled.highest)}, the lowest ${range(shuffled.lowest)}, the largest |z| ${range(shuffled.largestZ)} (${shuffled.highest.n} shuffles).`,
    alignedTable([
      ["highest", ...heading, "lowest", ...heading],
      ...highest.map((token, index) => [...row(token), ...row(lowest[index])]),
    ]),
    [...highest, ...lowest].some(isBeyond)
      ? "* |z| beyond every shuffle: the scalar goes with the token."
      : "No listed token stands out of the shuffles.",
  ].join("\n");
}

function range({ mean, min, max }: ScalarTokens["all"]): string {
  return `${significant(mean)} [${significant(min)}, ${significant(max)}]`;
}
