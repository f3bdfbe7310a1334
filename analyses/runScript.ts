import { realpathSync } from "node:fs";
import { extname, join } from "node:path";
import { Command, CommanderError, Option } from "commander";
import {
  absenceReason,
  analysisFolder,
  eventWords,
  isTurncoatError,
  svgWidths,
  toDataFrame,
  TurncoatError,
  usualTransition,
  verdictWords,
  writeFigures,
  type Analysis,
  type Figure,
  type PhaseTransition,
  type TransitionIndicator,
} from "turncoat";

/** What every script takes beside its own options. */
export interface ScriptFlags {
  readonly out?: string;
  readonly width: "column" | "page";
}

/** What a script found, and the run that it is of. */
interface ScriptResult {
  readonly script: string;
  readonly directory: string;
  readonly flags: ScriptFlags;
  readonly title: string;
  /** @default none */
  readonly sentences?: readonly string[];
  /** The first row is the head. */
  readonly rows: readonly (readonly string[])[];
  /** Tables that stand before that one. @default none */
  readonly before?: readonly ScriptTable[];
  readonly figures: readonly (Figure | null)[];
}

/** A table beside a script's own. */
export interface ScriptTable {
  /** Part of the name of its file. */
  readonly name: string;
  /** @default none */
  readonly caption?: string;
  readonly rows: readonly (readonly string[])[];
}

/** What a script is called with: runs, unless it says otherwise. */
interface ScriptArgument {
  readonly name: string;
  readonly about: string;
  readonly example: string;
}

const oneRun: ScriptArgument = {
  name: "<run>",
  about: "run directory: one of Turncoat's, or any with checkpoint-*/adapter_model.safetensors",
  example: "runs/demo",
};

/** A script over one run directory, or what is said: `--out`, `--width` and an example in its help. */
export function scriptCommand(
  script: string,
  description: string,
  argument: Partial<ScriptArgument> = {},
): Command {
  const { name, about, example } = { ...oneRun, ...argument };
  return new Command(script)
    .usage(`[options] ${name}`)
    .description(description)
    .argument(name, about)
    .option(
      "--out <file>",
      `HTML file for the figures; SVG and the table as CSV beside it (default: <run>/${analysisFolder}/${script}.html)`,
    )
    .addOption(
      new Option("--width <name>", "of the SVG: column (85 mm) or page (178 mm)")
        .choices(Object.keys(svgWidths))
        .default("page"),
    )
    .addHelpText("after", `\nExample:\n  $ npx tsx analyses/${script}.ts ${example}\n`)
    .showHelpAfterError(false)
    .exitOverride();
}

/** Runs a script that was started by its file; one that is imported is run by `statusOf`. */
export async function runScript(file: string, command: Command): Promise<void> {
  const started = process.argv[1];
  if (started === undefined || realpathSync(started) !== realpathSync(file)) return;
  process.exitCode = await statusOf(command, process.argv.slice(2));
}

/** Runs a script: an error of the user's is one line and its hint; exit code 1, or 2 for wrong arguments. */
export async function statusOf(command: Command, words: readonly string[]): Promise<number> {
  try {
    await command.parseAsync([...words], { from: "user" });
    return 0;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    if (!isTurncoatError(error)) throw error;
    process.stderr.write(`error: ${error.message}\n`);
    if (error.hint !== undefined) process.stderr.write(`hint: ${error.hint}\n`);
    return 1;
  }
}

/** Ends a script that has nothing to say about a run: what is missing, and how to get it. */
export function cannotSay(directory: string, missing: string, remedy: string): TurncoatError {
  return new TurncoatError(`${directory}: cannot be told: ${missing}`, { hint: remedy });
}

/** Prints a script's sentences and tables, writes the tables as CSV and its figures as a page and pictures, and says where. */
export async function showResult({
  script,
  directory,
  flags,
  title,
  sentences = [],
  rows,
  before = [],
  figures,
}: ScriptResult): Promise<void> {
  if (sentences.length > 0) console.log(`${sentences.join("\n")}\n`);
  for (const table of before) {
    printTable([...(table.caption === undefined ? [] : [[table.caption]]), ...table.rows, []]);
  }
  printTable(rows);
  const path = flags.out ?? join(directory, analysisFolder, `${script}.html`);
  const [page = path, ...pictures] = writeFigures(path, figures, { title, sentences, width: flags.width });
  const stem = path.slice(0, path.length - extname(path).length);
  for (const table of before) await writeTable(`${stem}-${table.name}.csv`, table.rows);
  await writeTable(`${stem}.csv`, rows);
  console.log(
    `\n${pictures.length} ${pictures.length === 1 ? "figure" : "figures"}: ${page}, and as SVG beside it; ` +
      `${before.length === 0 ? "the table" : "the tables"} as CSV: ${stem}.csv`,
  );
}

/** Writes a table that was printed as CSV: a column of numbers as numbers, in which a dash is a gap. */
async function writeTable(
  path: string,
  [head = [], ...lines]: readonly (readonly string[])[],
): Promise<void> {
  const rows = lines.filter((row) => row.length > 1 || head.length === 1);
  const columns = head.map((name, column) => {
    const cells = rows.map((row) => (row[column] ?? "–").replace(/^−/, "-"));
    const isNumeric = cells.every((cell) => cell === "–" || (cell !== "" && Number.isFinite(Number(cell))));
    return [name, isNumeric ? cells.map(Number) : cells.map((cell) => (cell === "–" ? "" : cell))] as const;
  });
  const { toCSV } = await import("turncoat/danfojs");
  toCSV(await toDataFrame(Object.fromEntries(columns)), { filePath: path });
}

/** Prints rows as aligned columns; the first row is the head, and a row of one cell a line of its own. */
function printTable(rows: readonly (readonly string[])[]): void {
  const count = Math.max(0, ...rows.map((row) => row.length));
  const widths = Array.from({ length: count }, (_, column) =>
    Math.max(...rows.map((row) => (row.length === 1 ? 0 : (row[column]?.length ?? 0)))),
  );
  for (const row of rows) {
    console.log(
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join("  ")
        .trimEnd(),
    );
  }
}

/** Prints what is odd about a run to standard error. */
export function printWarnings(warnings: readonly string[]): void {
  for (const warning of warnings) process.stderr.write(`warning: ${warning}\n`);
}

/** A number in few digits; a dash where it is undefined. */
export function inDigits(value: number, digits: number): string {
  return Number.isFinite(value) ? value.toFixed(digits).replace("-", "−") : "–";
}

/** Whether an indicator turns, at which step, or why not, in the words of tables. */
export function turnWords(analysis: Analysis, indicator: TransitionIndicator): string {
  const turn = usualTransition(analysis, indicator);
  if (turn !== undefined) return stepWords(turn);
  const absent = analysis.absent.find((each) => each.indicator === indicator);
  return absent === undefined ? "not measured" : `${verdictWords[absent.verdict]}: ${absenceReason(absent)}`;
}

/** One row for every transition of a run and for every one that is absent, with the head. */
export function transitionRows(analysis: Analysis): string[][] {
  const about = (adapter: string | undefined, scale: number | undefined): string =>
    adapter ?? (scale === undefined ? "run" : `answers, adapter ×${scale}`);
  return [
    ["event", "of", "verdict", "step", "interval", "found by, or why not"],
    ...analysis.transitions.map(({ indicator, adapter, scale, step, interval, method }) => [
      ...[eventWords(indicator), about(adapter, scale), verdictWords.turns, inDigits(step, 0)],
      ...[`[${inDigits(interval[0], 1)}, ${inDigits(interval[1], 1)}]`, method],
    ]),
    ...analysis.absent.map((each) => [
      ...[eventWords(each.indicator), about(each.adapter, each.scale), verdictWords[each.verdict]],
      ...["–", "–", absenceReason(each)],
    ]),
  ];
}

/** Numbers of a list such as `5,10,15`. */
export function numbers(text: string): number[] {
  return text.split(",").map((each) => {
    const value = Number(each);
    if (Number.isFinite(value) && each.trim() !== "") return value;
    throw new CommanderError(
      2,
      "turncoat.number",
      `error: expected numbers such as 5,10, found ${JSON.stringify(text)}`,
    );
  });
}

/** The mean of numbers; NaN of none. */
export function meanOf(values: readonly number[] = []): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** A step with its interval, such as "43 [40, 49]". */
export function stepWords({ step, interval }: Pick<PhaseTransition, "step" | "interval">): string {
  return `${inDigits(step, 0)} [${interval.map((bound) => inDigits(bound, 0)).join(", ")}]`;
}
