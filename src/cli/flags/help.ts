import { Help, type Command } from "commander";

/** Widest lines of help, and the width where there is no terminal. */
const widths = { widest: 120, otherwise: 80 };

/** Narrowest column beside the names of options that a description is still wrapped into. */
const narrowestColumn = 20;

/**
 * Makes the help of a command wrap at the terminal's width, at 120 columns at most. A line break in a description is a
 * space, so that texts are wrapped once; an empty line stands.
 */
export function withWrappedHelp(command: Command): Command {
  return command
    .configureHelp({
      showGlobalOptions: true,
      minWidthToWrap: narrowestColumn,
      boxWrap: (text, width) => wrapped(flowing(text), width),
    })
    .configureOutput({
      getOutHelpWidth: () => helpWidth(process.stdout),
      getErrHelpWidth: () => helpWidth(process.stderr),
    });
}

/** Rows of names and what they are, wrapped as options are, with a heading and an empty line before it. */
export function helpRows(heading: string, rows: readonly (readonly [string, string])[]): string {
  const help = new Help();
  help.helpWidth = helpWidth(process.stdout);
  help.minWidthToWrap = narrowestColumn;
  const width = Math.max(...rows.map(([name]) => name.length));
  return `\n${heading}\n${rows.map(([name, words]) => help.formatItem(name, width, words, help)).join("\n")}`;
}

/** The width that help is wrapped at on a stream. */
export function helpWidth({
  isTTY,
  columns,
}: {
  readonly isTTY?: boolean;
  readonly columns?: number;
}): number {
  return Math.min(isTTY === true ? (columns ?? widths.otherwise) : widths.otherwise, widths.widest);
}

/** Makes line breaks inside of paragraphs spaces. */
function flowing(text: string): string {
  return text.replace(/(\S)\n(?=\S)/g, "$1 ");
}

function wrapped(text: string, width: number): string {
  const help = new Help();
  help.minWidthToWrap = narrowestColumn;
  return help.boxWrap(text, width);
}
