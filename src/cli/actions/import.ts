import { importScores, type ImportedScores } from "../../pipeline/evaluation/importScores.js";
import { print } from "../output/terminal.js";

interface ImportFlags {
  readonly evaluation: string;
  readonly json?: boolean;
}

/** Runs `turncoat import`. */
export async function importAction(
  directory: string,
  path: string,
  { evaluation: name, json }: ImportFlags,
): Promise<void> {
  const imported = await importScores({ run: directory, path, name });
  if (json === true) print(JSON.stringify({ name, ...imported }));
  else print(importText(name, imported));
}

function importText(name: string, { answers, added, steps, withoutCheckpoint }: ImportedScores): string {
  const lines = [
    added === 0
      ? `evaluations/${name}.jsonl holds all ${answers} answers already.`
      : `${added} answers at ${steps.length} steps, from ${steps[0] ?? 0} to ${steps.at(-1) ?? 0}, written to evaluations/${name}.jsonl.`,
  ];
  if (withoutCheckpoint.length > 0) {
    const shown = withoutCheckpoint.slice(0, 5).join(", ");
    const more = withoutCheckpoint.length > 5 ? ` and ${withoutCheckpoint.length - 5} more` : "";
    lines.push(
      `The run has no checkpoint at step ${shown}${more}: there, behaviour has no weights beside it.`,
    );
  }
  return lines.join("\n");
}
