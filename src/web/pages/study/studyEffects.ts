import type { FigureTable } from "../../../figures/figure.js";
import type { ServedStudy } from "../../../server/schemas/study.js";
import { button, element } from "../../parts/dom.js";
import { studyTable } from "./studyTable.js";
import { intervalWords } from "../../parts/numberWords.js";
import { saveTable } from "../../plots/download.js";
import { valueWords } from "./studyGrid.js";

type Effect = ServedStudy["effects"]["rows"][number];

/** Section of what the factors of a study do, told apart from each other, with the model that tells it. */
export class StudyEffects {
  readonly #body = element("div");
  readonly root = element(
    "section",
    { class: "study-effects", "aria-labelledby": "study-effects" },
    element("h2", { id: "study-effects" }, "Effects, told apart"),
    this.#body,
  );
  #said = "";

  show({ effects, title }: ServedStudy): void {
    const said = JSON.stringify(effects);
    if (said === this.#said) return;
    this.#said = said;
    const { method, rows } = effects;
    this.#body.replaceChildren(
      element("p", { class: "muted" }, method),
      ...(rows.length === 0
        ? [
            element(
              "p",
              {},
              "Nothing can be told yet: no two runs that were analysed differ in one factor alone.",
            ),
          ]
        : [
            effectsTable(rows),
            element(
              "p",
              {},
              button("CSV", () => saveTable("CSV", effectsData(rows), `${title} effects`), {
                label: "save the effects as CSV",
              }),
            ),
          ]),
    );
  }
}

const heads = ["quantity", "factor", "from → to", "difference", "seeds", "pairs", "verdict"] as const;

function effectsTable(rows: readonly Effect[]): HTMLElement {
  const lines = rows.map((effect, index) => effectRow(effect, rows[index - 1]));
  return studyTable("effects of the factors", heads, lines);
}

/** A row; what it shares with the row before it is not said again to the eye. */
function effectRow(effect: Effect, before: Effect | undefined): HTMLTableRowElement {
  const { quantity, factor, from, to, difference, low, high, seeds, pairs, verdict } = effect;
  const isSame = before?.quantity.id === quantity.id;
  return element(
    "tr",
    { class: isSame ? "same" : undefined },
    element(
      "th",
      { scope: "row" },
      element("span", { class: isSame ? "visually-hidden" : undefined }, quantity.words),
    ),
    element("td", {}, factor),
    element("td", {}, `${from} → ${to}`),
    element(
      "td",
      { class: "number" },
      difference === null ? "–" : element("b", {}, differenceWords(difference, quantity.unit)),
      low === null || high === null ? "" : ` ${intervalWords(low, high)}`,
    ),
    element("td", { class: "number" }, String(seeds)),
    element("td", { class: "number" }, String(pairs)),
    element(
      "td",
      {},
      verdict.name === "cannotTell" ? `${verdict.words}: ${whyUntold(effect)}` : verdict.words,
    ),
  );
}

/** Why an effect has no interval. */
function whyUntold({ pairs, seeds }: Effect): string {
  return pairs === 0 ? "no two runs have it" : `${seeds} of 3 seeds`;
}

function differenceWords(value: number, unit: Effect["quantity"]["unit"]): string {
  return `${value > 0 ? "+" : ""}${valueWords(value, unit)}`;
}

function effectsData(rows: readonly Effect[]): FigureTable {
  return {
    columns: [
      "quantity",
      "unit",
      "factor",
      "from",
      "to",
      "difference",
      "low",
      "high",
      "seeds",
      "pairs",
      "verdict",
    ],
    rows: rows.map(({ quantity, factor, from, to, difference, low, high, seeds, pairs, verdict }) => [
      ...[quantity.words, quantity.unit, factor, from, to],
      ...[difference, low, high, seeds, pairs, verdict.words],
    ]),
  };
}
