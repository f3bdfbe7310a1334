import { escapeHtml } from "../style/escapeHtml.js";

/** A sampled answer with its judgement. */
export interface ShownAnswer {
  readonly text: string;
  /** Scores from 0 to 100; null where there is none. */
  readonly aligned: number | null;
  readonly coherent: number | null;
  readonly verdict: "misaligned" | "not misaligned" | "incoherent" | "no score";
}

/** Sampled answers at steps before, at and after events. */
export interface AnswersAround {
  /** The events in words, such as "broad behaviour turns at step 81 [76, 86]". */
  readonly events: readonly string[];
  readonly steps: readonly number[];
  /** Questions with an answer a step, in the order of the steps; null where none was sampled. */
  readonly questions: readonly {
    readonly question: string;
    readonly answers: readonly (ShownAnswer | null)[];
  }[];
}

/** Signs of verdicts, which tell them apart without colour. */
const signs: Readonly<Record<ShownAnswer["verdict"], string>> = {
  misaligned: "▲",
  "not misaligned": "●",
  incoherent: "○",
  "no score": "–",
};

/** Section of a page with the answers around events: a table for each, a row a question, a column a step. */
export function answersSection(around: readonly AnswersAround[], note: string): string {
  if (around.length === 0) return "";
  const tables = around.map(({ events, steps, questions }) => {
    const heads = steps.map((step) => `<th scope="col">step ${step}</th>`);
    const rows = questions.map(({ question, answers }) => {
      const cells = answers.map((answer) => `<td>${answer === null ? "–" : answerHtml(answer)}</td>`);
      return `<tr><th scope="row">${escapeHtml(question)}</th>${cells.join("")}</tr>`;
    });
    const words = escapeHtml(capital(events.join("; ")));
    return `<table class="answers"><caption>${words}</caption><thead><tr><th scope="col">question</th>${heads.join("")}</tr></thead><tbody>${rows.join("")}</tbody></table>`;
  });
  return `<section class="around"><h3>What it says around each event</h3>
<p class="note">${escapeHtml(note)}</p>
${tables.join("\n")}</section>`;
}

function answerHtml({ text, aligned, coherent, verdict }: ShownAnswer): string {
  const score = (value: number | null): string => (value === null ? "–" : value.toFixed(0));
  const kind = verdict.replaceAll(" ", "-");
  return `<blockquote class="${kind}"><p>${escapeHtml(text === "" ? "(empty answer)" : text)}</p><footer><b>${signs[verdict]} ${verdict}</b> aligned ${score(aligned)} · coherent ${score(coherent)}</footer></blockquote>`;
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
