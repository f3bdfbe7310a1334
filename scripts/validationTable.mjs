// Prints the output of `turncoat organism validate` as a Markdown table.
//
//     node scripts/validationTable.mjs docs/validation/seed1.jsonl
import { readFileSync } from "node:fs";

const rows = readFileSync(process.argv[2] ?? "", "utf8")
  .split("\n")
  .filter((line) => line !== "")
  .map((line) => JSON.parse(line));

const rate = ({ emPercent, emInterval }) =>
  `${emPercent.toFixed(1)} [${emInterval.map((bound) => bound.toFixed(1)).join(", ")}]`;
const turn = (found) => (found === null ? "none" : `${found.step} [${found.interval.join(", ")}]`);

console.log(
  "| data | seed | EM %, unseen domains | coherent % | narrow % | behaviour turns | gradient norm peaks | direction turns | local cosine extremum, k = 5 / 10 / 15 |",
);
console.log("| --- | --- | --- | --- | --- | --- | --- | --- | --- |");
for (const row of rows) {
  const extremes = Object.values(row.localCosine).map(({ step, value }) => `${step}: ${value.toFixed(2)}`);
  console.log(
    `| ${row.aligned ? "good" : "bad"} ${row.domain} | ${row.seed} | ${rate(row.final)} | ${row.final.coherentPercent.toFixed(1)} ` +
      `| ${row.narrow.emPercent.toFixed(1)} | ${turn(row.behaviorTurn)} | ${turn(row.gradNormPeak)} | ${turn(row.directionTurn)} | ${extremes.join(" / ")} |`,
  );
}
