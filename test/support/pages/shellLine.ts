import { existsSync, readdirSync } from "node:fs";
import { dirname, join } from "node:path";

/** A command line as a shell reads it. */
export interface ShellLine {
  /** Variables that are set for this command alone. */
  readonly environment: Readonly<Record<string, string>>;
  /** The command and its words, without quotes, with `*` in names filled in. */
  readonly words: readonly string[];
  /** File that takes what is printed; null where the terminal does. */
  readonly output: string | null;
}

/** A line of a page without the comment at its end. */
export function withoutComment(text: string): string {
  return (text.split(/\s+#\s/)[0] ?? "").trim();
}

/**
 * Reads a line of a page as a shell does, as far as pages go: quotes, names with `*`, `NAME=value` before the command, `> file`
 * behind it, `source <(command)` around it, `~` for the folder.
 * @param folder where it is typed
 */
export function readShellLine(text: string, folder: string): ShellLine {
  const code = withoutComment(text);
  const inner = /^source <\((.*)\)$/.exec(code)?.[1] ?? code;
  const words = [...inner.matchAll(/"([^"]*)"|'([^']*)'|(\S+)/g)].flatMap(([, double, single, bare = ""]) => {
    const quoted = double ?? single;
    return quoted === undefined ? withNames(bare.replace(/^~/, folder), folder) : [quoted];
  });
  const environment: Record<string, string> = {};
  while (/^[A-Z_]+=/.test(words[0] ?? "")) {
    const [name = "", value = ""] = words.shift()?.split("=") ?? [];
    environment[name] = value;
  }
  const arrow = words.indexOf(">");
  if (arrow < 0) return { environment, words, output: null };
  const [, output = ""] = words.splice(arrow, 2);
  return { environment, words, output: output.startsWith(folder) ? output : join(folder, output) };
}

/** What a name with `*` stands for; itself where that is nothing. */
function withNames(word: string, folder: string): string[] {
  const place = dirname(word);
  if (!word.includes("*") || !existsSync(join(folder, place))) return [word];
  const pattern = new RegExp(
    `^${word
      .slice(place.length + 1)
      .replaceAll(".", "\\.")
      .replaceAll("*", ".*")}$`,
  );
  const found = readdirSync(join(folder, place)).filter((name) => pattern.test(name));
  return found.length === 0 ? [word] : found.sort().map((name) => join(place, name));
}
