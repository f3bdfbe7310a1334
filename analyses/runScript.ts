import { join } from "node:path";
import { Command, CommanderError } from "commander";
import { analysisFolder, isTurncoatError, writeOfflinePage, type Figure } from "turncoat";

/** What every script takes beside its own options. */
export interface ScriptFlags {
  readonly out?: string;
}

/** A script over one run directory: `<run>`, `--out` and an example in its help. */
export function scriptCommand(name: string, description: string): Command {
  return new Command(name)
    .usage("[options] <run>")
    .description(description)
    .argument("<run>", "run directory: one of Turncoat's, or any with checkpoint-*/adapter_model.safetensors")
    .option("--out <file>", `HTML file for the figures (default: <run>/${analysisFolder}/${name}.html)`)
    .addHelpText("after", `\nExample:\n  $ npx tsx analyses/${name}.ts runs/demo\n`)
    .showHelpAfterError(false)
    .exitOverride();
}

/** Runs a script: an error of the user's is one line and its hint; exit code 1, or 2 for wrong arguments. */
export async function runScript(command: Command): Promise<void> {
  try {
    await command.parseAsync();
  } catch (error) {
    if (error instanceof CommanderError) {
      process.exitCode = error.exitCode === 0 ? 0 : 2;
      return;
    }
    if (!isTurncoatError(error)) throw error;
    process.stderr.write(`error: ${error.message}\n`);
    if (error.hint !== undefined) process.stderr.write(`hint: ${error.hint}\n`);
    process.exitCode = 1;
  }
}

/** Writes a script's figures as one offline page and says where it lies. */
export function writeFigures(
  figures: readonly (Figure | null)[],
  page: {
    readonly script: string;
    readonly directory: string;
    readonly out: string | undefined;
    readonly title: string;
    readonly sentences: readonly string[];
  },
): void {
  const drawn = figures.filter((figure) => figure !== null);
  const path = page.out ?? join(page.directory, analysisFolder, `${page.script}.html`);
  writeOfflinePage(path, drawn, { title: page.title, sentences: page.sentences });
  console.log(`\n${drawn.length} ${drawn.length === 1 ? "figure" : "figures"}: ${path}`);
}

/** Prints rows as aligned columns; the first row is the head. */
export function printTable(rows: readonly (readonly string[])[]): void {
  const count = Math.max(0, ...rows.map((row) => row.length));
  const widths = Array.from({ length: count }, (_, column) =>
    Math.max(...rows.map((row) => row[column]?.length ?? 0)),
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
  return Number.isFinite(value) ? value.toFixed(digits) : "–";
}
