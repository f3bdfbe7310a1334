import type { ExampleRow, InspectedDataset, LengthSummary } from "../../pipeline/data/inspectDataset.js";
import type { MaskedPiece } from "../../train/data/inspect.js";
import { alignedTable, significant } from "./tables/textTable.js";

/** Marks around what is trained on. */
const marks = ["⟦", "⟧"] as const;
/** Most characters of a piece that are shown. */
const longestPiece = 600;

/** What a data set holds, as lines for the terminal. */
export function inspectText(inspected: InspectedDataset): string {
  const { name, path, sha256, counts, lengths, training, examples } = inspected;
  const named = [
    [counts.severalTurns, "with several answers"],
    [counts.withSystem, "with a system turn"],
    [counts.withUntrainedTurns, "with an answer of weight 0, read and not trained on"],
    [counts.withoutAnswer, "without an answer to train on"],
    [counts.emptyAnswers, "with an empty answer"],
    [counts.duplicates, "word for word as an earlier row"],
    [counts.repeatedQuestions, "with the question of an earlier row and another answer"],
  ] as const;
  const rows: (readonly [string, LengthSummary | null])[] = [
    ["question, characters", lengths.questionCharacters],
    ["question, words", lengths.questionWords],
    ["answer, characters", lengths.answerCharacters],
    ["answer, words", lengths.answerWords],
    ["conversation, tokens", lengths.tokens],
    ["trained on, tokens", lengths.trainedTokens],
  ];
  return [
    `${name}: ${counts.rows} conversations`,
    `${path}  SHA-256 ${sha256}`,
    ...named.filter(([count]) => count > 0).map(([count, what]) => `  ${count} ${what}`),
    "",
    alignedTable([
      ["", "min", "median", "mean", "90 %", "max"],
      ...rows.flatMap(([what, summary]) => (summary === null ? [] : [[what, ...numbersOf(summary)]])),
    ]),
    "",
    ...trainingLines(training),
    ...examples.flatMap((example) => ["", ...exampleLines(example)]),
  ].join("\n");
}

function numbersOf({ min, median, mean, ninetyPercent, max }: LengthSummary): string[] {
  return [min, median, mean, ninetyPercent, max].map((value) => significant(value, 5));
}

function trainingLines(training: InspectedDataset["training"]): string[] {
  if (training === null) {
    return ["Tokens, and what a training would leave out, are counted with --model."];
  }
  const { maxLength, cut, withoutAnswer, answerCutOff, refused, firstRefusal } = training;
  return [
    `In a training of at most ${maxLength} tokens: ${cut} conversations would be cut, ` +
      `${withoutAnswer + answerCutOff} left out (${withoutAnswer} without an answer, ${answerCutOff} with the answer beyond it).`,
    ...(firstRefusal === null
      ? []
      : [
          `The chat template refuses ${refused}, and a training would stop; the first is conversation ${firstRefusal.row}: ${firstRefusal.reason}`,
        ]),
  ];
}

function exampleLines({ row, pieces }: ExampleRow): string[] {
  const text = pieces.map(markedPiece).join("").trimEnd();
  return [
    `conversation ${row}, with what is trained on between ${marks[0]} and ${marks[1]}:`,
    ...text.split("\n").map((line) => `  ${line}`),
  ];
}

function markedPiece({ text, isTrained }: MaskedPiece): string {
  const shown = shortened(text);
  return isTrained ? `${marks[0]}${shown}${marks[1]}` : shown;
}

/** A text of bounded length: what is too long loses its middle. */
function shortened(text: string): string {
  const characters = Array.from(text);
  if (characters.length <= longestPiece) return text;
  const half = longestPiece / 2;
  const left = characters.length - longestPiece;
  return `${characters.slice(0, half).join("")} […${left} characters…] ${characters.slice(-half).join("")}`;
}
