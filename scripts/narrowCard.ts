// Checks the narrow data sets and writes their card, data/narrow/README.md.
//
//     npx tsx scripts/narrowCard.ts [folder]             # the card, and the limits that are broken
//     npx tsx scripts/narrowCard.ts [folder] --uneven    # and the pairs whose sides differ most in sentences
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { lengthFeatures } from "../src/analysis/texts/tellingApart.js";
import { brokenNarrowBounds, checkNarrowFolder, narrowCard } from "../src/pipeline/data/narrowCard.js";
import { narrowFolder } from "../src/pipeline/packageRoot.js";

const words = process.argv.slice(2);
const folder = words.find((word) => !word.startsWith("--")) ?? narrowFolder();
const files = checkNarrowFolder(folder);
if (files.length === 0) {
  console.error(`${folder}: expected files such as medical.jsonl, found none`);
  process.exitCode = 1;
} else {
  const path = join(folder, "README.md");
  writeFileSync(path, narrowCard(files));
  console.log(path);
  const broken = brokenNarrowBounds(files);
  for (const line of broken) console.error(line);
  if (broken.length > 0) process.exitCode = 1;
}

if (words.includes("--uneven")) {
  for (const { name, situations } of files) {
    const pairs = situations
      .flatMap(({ id, harmful, careful }) =>
        harmful.map((text, index) => {
          const [bad, good] = [
            lengthFeatures(text).sentences,
            lengthFeatures(careful[index] ?? "").sentences,
          ];
          return { id, index, bad, good, gap: Math.abs(bad - good) };
        }),
      )
      .filter(({ gap }) => gap > 1)
      .sort((one, other) => other.gap - one.gap);
    for (const { id, index, bad, good } of pairs) {
      console.log(`${name} ${id}, pair ${index + 1}: harmful ${bad} sentences, careful ${good}`);
    }
  }
}
