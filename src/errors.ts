/** Most characters of a message: a file's own words may be of any length. */
const longestMessage = 1000;

/**
 * The one error class for everything a user can cause or mend. The command line prints its message as one
 * line, followed by the hint; anything else is a defect and is printed with its stack.
 */
export class TurncoatError extends Error {
  override readonly name = "TurncoatError";
  /** Advice on what to do about it, in one sentence; absent where the message already says. */
  readonly hint: string | undefined;

  constructor(message: string, options: { hint?: string; cause?: unknown } = {}) {
    super(shortened(inOneLine(message)), options.cause === undefined ? undefined : { cause: options.cause });
    this.hint = options.hint;
  }
}

/** A message in one line, whatever line breaks a file's own words have. */
function inOneLine(message: string): string {
  return message.replaceAll(/\s*[\r\n\u2028\u2029]\s*/g, " ");
}

/** A message of bounded length: what is too long loses its middle, since places stand at the front and words at the end. */
function shortened(message: string): string {
  if (message.length <= longestMessage) return message;
  const half = Math.floor(longestMessage / 2) - 1;
  return `${message.slice(0, half)} … ${message.slice(-half)}`;
}

/** Tells whether an unknown value is an error that a user can mend. */
export function isTurncoatError(value: unknown): value is TurncoatError {
  return value instanceof TurncoatError;
}

/** Does work whose errors a user can mend in one way: that becomes the hint of those that have none. */
export function withHint<T>(hint: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!isTurncoatError(error) || error.hint !== undefined) throw error;
    throw new TurncoatError(error.message, { hint, cause: error });
  }
}

/** Does work that may end with an error that a user can mend; null where it does. */
export function orNull<T>(work: () => T): T | null {
  try {
    return work();
  } catch (error) {
    if (isTurncoatError(error)) return null;
    throw error;
  }
}

/** The message of whatever was thrown. */
export function messageOf(value: unknown): string {
  return value instanceof Error ? value.message : String(value);
}
