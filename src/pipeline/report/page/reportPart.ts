import { basename } from "node:path";
import { withNotes } from "../../../figures/style/noteMarks.js";
import type { StandalonePart } from "../../../figures/standalone/standaloneHtml.js";
import { usualTransitions } from "../../../analysis/usualTransitions.js";
import { readEvaluations, type JudgedAnswer } from "../../../runs/evaluations.js";
import { readNotes } from "../../../runs/annotations/notes.js";
import { openRun } from "../../../runs/openRun.js";
import { answersAround, answersNote } from "./answersAround.js";
import { buildRunReport, type RunReport, type RunReportOptions } from "../runReport.js";

/**
 * Builds the part of an offline page about one run: findings, origin, warnings and every figure.
 * @throws TurncoatError where there is no run, or nothing in it can be read
 */
export async function reportPart(
  directory: string,
  options: Pick<RunReportOptions, "evaluation" | "controls"> = {},
): Promise<StandalonePart> {
  return partOfReport(directory, await buildRunReport(directory, options));
}

/** Makes the part of an offline page from the report of a run. */
export function partOfReport(directory: string, report: RunReport): StandalonePart {
  const { status, recipe, sentences, control, figures, warnings } = report;
  const { manifest, checkpoints, directions } = openRun(directory);
  const notes = readNotes(directory);
  const [first, last] = [checkpoints[0]?.step, checkpoints.at(-1)?.step];
  const facts: (readonly [string, string] | null)[] = [
    ["recipe", recipe],
    ["status", status],
    first === undefined || last === undefined
      ? null
      : ["checkpoints", `${checkpoints.length}, steps ${first} to ${last}`],
    directions.length === 0
      ? null
      : [
          "random projections",
          `of ${directions.length} steps, ${directions[0]?.step ?? ""} to ${directions.at(-1)?.step ?? ""}`,
        ],
    control === null ? null : ["held against", control.controls.join(", ")],
    ...(manifest === null
      ? []
      : [
          [
            "data set",
            `${manifest.dataset.name}, ${manifest.dataset.rows} rows, SHA-256 ${manifest.dataset.sha256}`,
          ] as const,
          [
            "base model",
            `${basename(manifest.baseModel.path)}, SHA-256 ${manifest.baseModel.sha256}`,
          ] as const,
          ["seed", String(manifest.seed)] as const,
          ["started", manifest.createdAt] as const,
          ["engine", `${manifest.engine.name}, ${manifest.engine.threads} threads`] as const,
          manifest.code === undefined
            ? null
            : ([
                "code",
                `commit ${manifest.code.commit}${manifest.code.dirty ? ", with changes that are not in it" : ""}`,
              ] as const),
          [
            "versions",
            Object.entries(manifest.versions)
              .map((each) => each.join(" "))
              .join(", "),
          ] as const,
        ]),
  ];
  return {
    title: basename(directory),
    sentences,
    facts: facts.filter((fact) => fact !== null),
    warnings,
    answers: answersAround(usualTransitions(report.analysis), chosenAnswers(directory, report)),
    answersNote,
    figures: figures.map(({ figure, onStepAxis }) => (onStepAxis ? withNotes(figure, notes) : figure)),
  };
}

/** Answers that behaviour is taken from, at the factor that stands for the run; none where none was judged. */
function chosenAnswers(directory: string, { evaluations, analysis }: RunReport): readonly JudgedAnswer[] {
  const chosen = evaluations.find(({ isChosen }) => isChosen);
  if (chosen === undefined) return [];
  const [evaluation] = readEvaluations({ directory }, chosen.name);
  const scale = analysis.behavior?.usualScale;
  return (evaluation?.answers ?? []).filter(
    (answer) => answer.scale === scale && answer.condition === undefined && answer.noAnswer === undefined,
  );
}
