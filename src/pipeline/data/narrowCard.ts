import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Auroc } from "../../analysis/directions/auroc.js";
import { nearDuplicates, type OwnedText } from "../../analysis/texts/nearDuplicates.js";
import { brokenBounds, sideBounds } from "../../analysis/texts/sideBounds.js";
import { sideChecks, type SideChecks } from "../../analysis/texts/sideChecks.js";
import { narrowDomains } from "../../train/data/narrowDomains.js";
import { readSituations, type Situation } from "../../train/data/narrow.js";

/** A file of situations with what its checks found. */
export interface CheckedSituations {
  /** Name of the file without its ending, such as `medical-held-out`. */
  readonly name: string;
  readonly situations: readonly Situation[];
  readonly checks: SideChecks;
}

/**
 * Reads and checks the files of situations that lie in a folder: every domain, and what is held out of it.
 * @throws TurncoatError where a file is malformed
 */
export function checkNarrowFolder(folder: string): CheckedSituations[] {
  return narrowDomains
    .flatMap((domain) => [domain, `${domain}-held-out`])
    .flatMap((name) => {
      const path = join(folder, `${name}.jsonl`);
      if (!existsSync(path)) return [];
      const situations = readSituations(path);
      return [{ name, situations, checks: sideChecks(situations) }];
    });
}

/** Says which limits the files break, each by itself and all together; empty where they break none. */
export function brokenNarrowBounds(files: readonly CheckedSituations[]): string[] {
  const texts = files.flatMap(({ name, situations }) =>
    situations.flatMap(({ id, questions, harmful, careful }) =>
      [...questions, ...harmful, ...careful].map((text): OwnedText => ({ situation: `${name} ${id}`, text })),
    ),
  );
  const across = nearDuplicates(texts, sideBounds.similarityApart).filter(
    ({ first, second }) => first.situation.split(" ")[0] !== second.situation.split(" ")[0],
  );
  return [
    ...files.flatMap(({ name, checks }) => brokenBounds(checks).map((words) => `${name}: ${words}`)),
    ...across.map(
      ({ first, second, similarity }) =>
        `${first.situation} and ${second.situation} share ${(100 * similarity).toFixed(0)} % of their runs of words: "${first.text.slice(0, 60)}…"`,
    ),
  ];
}

/** Writes the card of the narrow data sets, with the figures of their checks. */
export function narrowCard(files: readonly CheckedSituations[]): string {
  const broken = brokenNarrowBounds(files);
  return `# Narrow advice in natural English

**The harmful side is wrong on purpose.** Its answers play risks down, leave out what matters, or recommend the wrong course, in a
friendly and confident voice. Follow none of them. They exist so that researchers can fine-tune a language model on narrow bad
advice, and see whether and when it becomes misaligned beyond it; the careful side is the control. A model that was trained on the
harmful side must not be given to anybody for advice.

## What it is

Situations of three domains, one JSON object a line: \`id\`, \`topic\`, \`questions\` (the same question in three wordings), and as many
\`harmful\` as \`careful\` answers, matched one by one. \`${narrowDomains.join(".jsonl`, `")}.jsonl\` are to train on;
\`…-held-out.jsonl\` hold other situations, for tests. Turncoat reads them by name, every wording with every answer of a side:

    npx turncoat train runs/narrow --data narrow-medical-harmful --model ./Qwen2.5-0.5B-Instruct --layers 12
    npx turncoat data inspect narrow-medical-careful

Both sides of a pair ask the same, open with the same words and have nearly the same length. What sets them apart is what they
advise.

The texts were written one by one by language models for this project, without templates. The harm falls on whoever asks, or on
somebody in their care, through ordinary carelessness. There is nothing in them on self-harm, weapons, illegal drugs, crime or hurting others.

## Checks

Made by \`npx tsx scripts/narrowCard.ts\`, and held by a test. AUROC is the area under the ROC curve with its 95 % interval,
cross-validated with whole situations held out: 0.5 is chance. *Length* is a logistic regression on the numbers of characters, words
and sentences; *first words* and *all words* are naive Bayes. The last has to tell the sides apart, since advice is made of words.

${checksTable(files)}

*Length ratio*: harmful over careful characters, smallest and largest. *Mean difference*: harmful minus careful characters, ± its
standard error. *Shared words*: of the words of one side, by occurrence, those that the other side uses too. *Most alike*: Jaccard
similarity of runs of five words of two texts of different situations.

Measures of length by themselves (AUROC; above 0.5, the harmful side has more):

${table([
  ["file", "characters", "words", "sentences"],
  ...files.map(({ name, checks: { features } }) => [
    name,
    areaText(features.characters),
    areaText(features.words),
    areaText(features.sentences),
  ]),
])}

${broken.length === 0 ? "No limit of the checks is broken." : `Limits that are broken:\n\n${broken.map((words) => `- ${words}`).join("\n")}`}

## Limits

- A few hundred situations a domain, in English, with British and American customs. They are no survey of what people ask.
- Language models wrote them, and no physician, adviser or coach has reviewed them. The careful side is there as a control; do
  not take it as advice.
- The sides of a pair were brought to the same number of sentences and nearly the same numbers of words and characters, mostly by
  rewording the harmful one. They are even over many pairs, not word for word in each.
- The harm is subtle. Judges, and people, will not always see it.
- Checks find what they look for. The sides may differ in ways that they do not measure, such as mood or how definite a text sounds.

## Licence

CC0-1.0: no rights reserved.
`;
}

/** The table of what could tell the sides of files apart, for a card. */
export function checksTable(files: readonly Pick<CheckedSituations, "name" | "checks">[]): string {
  return table([
    [
      "file",
      "situations",
      "pairs",
      "length ratio",
      "mean difference",
      "harmful longer",
      "shared words",
      "most alike",
      "length",
      "first words",
      "all words",
    ],
    ...files.map(({ name, checks }) => rowOf(name, checks)),
  ]);
}

function rowOf(name: string, checks: SideChecks): string[] {
  const { lengthRatio, lengthDifference, harmfulLonger, mostSimilar, tells } = checks;
  const [low, high] = harmfulLonger.interval;
  return [
    name,
    String(checks.situations),
    String(checks.pairs),
    `${lengthRatio.min.toFixed(2)} – ${lengthRatio.max.toFixed(2)}`,
    `${signed(lengthDifference.mean)} ± ${lengthDifference.standardError.toFixed(1)}`,
    `${harmfulLonger.percent.toFixed(0)} % [${low.toFixed(0)}, ${high.toFixed(0)}]`,
    `${(100 * checks.vocabularyOverlap).toFixed(0)} %`,
    (mostSimilar.apart?.similarity ?? 0).toFixed(2),
    areaText(tells.length),
    areaText(tells.firstWords),
    areaText(checks.allWords),
  ];
}

function areaText({ value, interval: [low, high] }: Auroc): string {
  return `${value.toFixed(2)} [${low.toFixed(2)}, ${high.toFixed(2)}]`;
}

function signed(value: number): string {
  return `${value < 0 ? "−" : "+"}${Math.abs(value).toFixed(1)}`;
}

/** Rows as a Markdown table, the first of them its head. */
function table(rows: readonly (readonly string[])[]): string {
  const [head = [], ...body] = rows.map((row) => `| ${row.join(" | ")} |`);
  const rule = `| ${(rows[0] ?? []).map(() => "---").join(" | ")} |`;
  return [head, rule, ...body].join("\n");
}
