import { createContext, Script } from "node:vm";
import { TurncoatError } from "../errors.js";
import { pythonPattern } from "./pythonPattern.js";

/** Longest time that one expression may take on one text, in milliseconds; an honest one takes microseconds. */
const longestMatch = 250;
/** Longest time that one expression may take on all texts together, beyond the usual time of each, in milliseconds. */
const longestInAll = 1000;
/** Time of a match that counts as usual, in milliseconds: most of it is the start of the clock. */
const usual = 5;
/** Most times that a match is tried which others kept from the processor. */
const mostAttempts = 8;
/** Most results that are kept, of all expressions together. */
const mostKept = 100_000;

/** Groups of a match: by name, and the first. */
export interface BoundedMatch {
  readonly groups: Readonly<Record<string, string | undefined>>;
  readonly first: string | undefined;
}

/** Expression with its results so far. */
interface Known {
  readonly expression: RegExp;
  readonly results: Map<string, BoundedMatch | null>;
  /** Time that it took beyond what is usual, in milliseconds. */
  excess: number;
}

/** What the script below reads and writes. */
const frame: { expression: RegExp; text: string; found: RegExpExecArray | null } = {
  expression: /(?:)/,
  text: "",
  found: null,
};
const context = createContext(frame);
/** The matching of an expression as a script, because scripts can be ended from outside. */
const matching = new Script("found = expression.exec(text)");
const known = new Map<string, Known>();
let kept = 0;

/**
 * Matches a regular expression of Python's `re` in bounded time: one that goes back over its text again and again must
 * not stop a server. Results are kept, as the checkpoints of a run ask the same of the same modules.
 *
 * @param pattern as Python's `re` has it, found anywhere in the text unless it is anchored
 * @param source names the place in errors
 * @returns null where it does not match
 * @throws TurncoatError where it is no expression, or takes too long
 */
export function boundedMatch(pattern: string, text: string, source: string): BoundedMatch | null {
  let entry = known.get(pattern);
  if (entry === undefined) {
    entry = { expression: pythonPattern(pattern, source), results: new Map(), excess: 0 };
    known.set(pattern, entry);
  }
  const before = entry.results.get(text);
  if (before !== undefined) return before;
  if (entry.excess <= longestInAll) {
    const result = matched(entry, text);
    if (result !== "too long") {
      entry.results.set(text, result);
      if (++kept > mostKept) forget();
      return result;
    }
  }
  throw new TurncoatError(
    `${source}: ${shortened(JSON.stringify(pattern))} takes too long to match "${shortened(text)}"`,
    { hint: "Write the pattern without a repetition inside a repetition, or list the modules by name." },
  );
}

function matched(entry: Known, text: string): BoundedMatch | null | "too long" {
  frame.expression = entry.expression;
  frame.text = text;
  for (let attempt = 1; ; attempt++) {
    const spent = spentSince();
    try {
      matching.runInContext(context, { timeout: longestMatch });
    } catch (error) {
      if (!isTimeout(error)) throw error;
      // Where others had the processor, the expression may be an honest one.
      if (spent() < longestMatch / 2 && attempt < mostAttempts) continue;
      entry.excess = Infinity;
      return "too long";
    }
    entry.excess += Math.max(0, spent() - usual);
    const { found } = frame;
    return found === null ? null : { groups: { ...found.groups }, first: found[1] };
  }
}

/**
 * Starts a stopwatch of the time that this thread spends, in milliseconds, as nearly as can be told: no more than passed, and
 * no more than the processor gave this process.
 */
function spentSince(): () => number {
  const [started, before] = [performance.now(), process.cpuUsage()];
  return () => {
    const { user, system } = process.cpuUsage(before);
    return Math.min(performance.now() - started, (user + system) / 1000);
  };
}

function isTimeout(error: unknown): boolean {
  // The error is one of the context that the script ran in, and so no instance of this one's class.
  if (typeof error !== "object" || error === null || !("code" in error)) return false;
  return error.code === "ERR_SCRIPT_EXECUTION_TIMEOUT";
}

function forget(): void {
  known.clear();
  kept = 0;
}

function shortened(text: string): string {
  return text.length > 80 ? `${text.slice(0, 80)}…` : text;
}
