/** Fault that a template meets while it is read or written, with the line of the template where it is known. */
export class TemplateFault extends Error {
  override readonly name = "TemplateFault";
  /** Line of the template, counted from 1. */
  line: number | undefined;

  constructor(message: string, line?: number) {
    super(message);
    this.line = line;
  }
}

/** Words with which the template itself refuses a conversation (`raise_exception`). */
export class RaisedByTemplate extends TemplateFault {}

/** Builds the fault for what Python and Jinja know and this reader does not, so that it never differs in silence. */
export function unsupported(what: string): TemplateFault {
  return new TemplateFault(`${what} is not supported here`);
}
