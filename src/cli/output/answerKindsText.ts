import { answerKinds } from "../../analysis/texts/answerKind.js";
import { kindSentences, kindWords, type SelectedKinds } from "../../pipeline/evaluation/answerKinds.js";
import { alignedTable } from "./tables/textTable.js";

/** Kinds of answers as a table, and what follows from them in sentences; nothing where no text was kept. */
export function kindsText(selected: SelectedKinds): string {
  const { n, kinds } = selected.kinds;
  if (n === 0) return "";
  const rows = answerKinds.flatMap((kind) => {
    const found = kinds[kind];
    if (found === null) return [];
    const { percent, interval, count } = found.share;
    const [low, high] = interval.map((value) => value.toFixed(1));
    return [
      [
        kindWords[kind],
        String(count),
        percent.toFixed(1),
        `[${low ?? ""}, ${high ?? ""}]`,
        String(found.em),
        String(found.incoherent),
      ],
    ];
  });
  const head = ["by its words", "n", "%", "Wilson", "of them EM", "of them incoherent"];
  return ["", alignedTable([head, ...rows]), ...kindSentences(selected)].join("\n");
}
