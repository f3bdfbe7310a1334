import { spaceClass, stripEnd } from "./pythonText.js";
import { TemplateFault, unsupported } from "./templateFault.js";

/** Token of a template. */
export interface Token {
  readonly type: "data" | "begin" | "end" | "name" | "string" | "integer" | "float" | "operator";
  /** Text of data and strings, name or sign; `{{`, `{%`, `}}` or `%}` of a tag's edge. */
  readonly value: string;
  /** Line of the template, counted from 1. */
  readonly line: number;
}

const rawTag = new RegExp(
  `\\{%([-+]?)[${spaceClass}]*raw[${spaceClass}]*(?:-%\\}[${spaceClass}]*|%\\})`,
  "y",
);
const rawEnd = new RegExp(
  `\\{%([-+]?)[${spaceClass}]*endraw[${spaceClass}]*(?:\\+%\\}|-%\\}[${spaceClass}]*|%\\}\\n?)`,
  "g",
);
const commentEnd = new RegExp(`\\+#\\}|-#\\}[${spaceClass}]*|#\\}\\n?`, "g");
const blockEnd = new RegExp(`\\+%\\}|-%\\}[${spaceClass}]*|%\\}\\n?`, "y");
const variableEnd = new RegExp(`-\\}\\}[${spaceClass}]*|\\}\\}`, "y");
const space = new RegExp(`[${spaceClass}]+`, "y");
const float = /(?:\d+_)*\d+(?:(?:\.(?:\d+_)*\d+)?e[+-]?(?:\d+_)*\d+|\.(?:\d+_)*\d+)/iy;
const integer = /0b(?:_?[01])+|0o(?:_?[0-7])+|0x(?:_?[0-9a-f])+|[1-9](?:_?\d)*|0(?:_?0)*/iy;
const name = /[A-Za-z0-9_]+/y;
const text = /'[^'\\]*(?:\\[^][^'\\]*)*'|"[^"\\]*(?:\\[^][^"\\]*)*"/y;
const operator = /\/\/|\*\*|==|!=|>=|<=|[-+/*%~[\](){}><=.:|,]/y;
const closers: Readonly<Record<string, string>> = { "(": ")", "[": "]", "{": "}" };

/**
 * Splits a template into tokens as Jinja's lexer does with `trim_blocks` and `lstrip_blocks`, which is how transformers
 * sets it: a block's own line leaves no trace, `-` strips and `+` keeps the white space beside a tag.
 * @throws TemplateFault where a tag does not end or holds what Jinja has no token for
 */
export function tokenize(template: string): Token[] {
  const lines = template.split(/\r\n|\r|\n/);
  if (lines.at(-1) === "") lines.pop();
  return new Lexer(lines.join("\n")).run();
}

class Lexer {
  readonly #source: string;
  readonly #tokens: Token[] = [];
  #at = 0;
  #line = 1;
  #counted = 0;
  #isLineStart = true;

  constructor(source: string) {
    this.#source = source;
  }

  run(): Token[] {
    const opening = /\{[{%#]/g;
    while (this.#at < this.#source.length) {
      opening.lastIndex = this.#at;
      const found = opening.exec(this.#source);
      if (found === null) {
        this.#data(this.#source.slice(this.#at), undefined, false);
        break;
      }
      const [tag] = found;
      const before = this.#source.slice(this.#at, found.index);
      const raw = tag === "{%" ? this.#match(rawTag, found.index) : undefined;
      const sign = raw?.[1] ?? /[-+]/y.exec(this.#source.charAt(found.index + 2))?.[0] ?? "";
      this.#data(before, sign, tag !== "{{");
      this.#at = found.index + (raw?.[0].length ?? tag.length + sign.length);
      if (raw !== undefined) this.#raw();
      else if (tag === "{#") this.#skipComment();
      else this.#tag(tag);
      this.#isLineStart = this.#source[this.#at - 1] === "\n";
    }
    return this.#tokens;
  }

  /** Adds text that stands before a tag (or at the end), without the white space that the tag takes away. */
  #data(before: string, sign: string | undefined, isBlock: boolean): void {
    let kept = before;
    if (sign === "-") kept = stripEnd(before);
    else if (sign === "" && isBlock) {
      const lineStart = before.lastIndexOf("\n") + 1;
      const indent = before.slice(lineStart);
      if ((lineStart > 0 || this.#isLineStart) && this.#isSpace(indent)) kept = before.slice(0, lineStart);
    }
    if (kept !== "") this.#push("data", kept);
  }

  #isSpace(part: string): boolean {
    space.lastIndex = 0;
    return part !== "" && space.exec(part)?.[0].length === part.length;
  }

  #raw(): void {
    rawEnd.lastIndex = this.#at;
    const end = rawEnd.exec(this.#source);
    if (end === null) throw this.#fault("the raw block does not end");
    this.#isLineStart = this.#source[this.#at - 1] === "\n";
    this.#data(this.#source.slice(this.#at, end.index), end[1], true);
    this.#at = end.index + end[0].length;
  }

  #skipComment(): void {
    commentEnd.lastIndex = this.#at;
    const end = commentEnd.exec(this.#source);
    if (end === null) throw this.#fault("the comment does not end");
    this.#at = end.index + end[0].length;
  }

  /** Reads the tokens of one tag, up to its end. */
  #tag(tag: string): void {
    this.#push("begin", tag);
    const open: string[] = [];
    for (;;) {
      const end = open.length > 0 ? undefined : this.#match(tag === "{%" ? blockEnd : variableEnd, this.#at);
      if (end !== undefined) {
        this.#push("end", tag === "{%" ? "%}" : "}}");
        this.#at += end[0].length;
        return;
      }
      if (this.#at >= this.#source.length) throw this.#fault(`the tag ${tag} does not end`);
      this.#token(open);
    }
  }

  #token(open: string[]): void {
    const blank = this.#match(space, this.#at);
    if (blank !== undefined) {
      this.#at += blank[0].length;
      return;
    }
    const number = this.#source[this.#at - 1] === "." ? undefined : this.#match(float, this.#at);
    if (number !== undefined) {
      this.#take("float", number[0]);
      return;
    }
    const whole = this.#match(integer, this.#at);
    if (whole !== undefined) {
      this.#take("integer", whole[0]);
      return;
    }
    const word = this.#match(name, this.#at);
    if (word !== undefined) {
      if (/^\d/.test(word[0])) throw this.#fault(`"${word[0]}" is no name`);
      this.#take("name", word[0]);
      return;
    }
    const quoted = this.#match(text, this.#at);
    if (quoted !== undefined) {
      this.#push("string", unescaped(quoted[0].slice(1, -1)));
      this.#at += quoted[0].length;
      return;
    }
    const sign = this.#match(operator, this.#at)?.[0];
    if (sign === undefined) throw this.#fault(`unexpected "${this.#source.charAt(this.#at)}"`);
    const closer = closers[sign];
    if (closer !== undefined) open.push(closer);
    else if (Object.values(closers).includes(sign) && open.pop() !== sign)
      throw this.#fault(`unexpected "${sign}"`);
    this.#take("operator", sign);
  }

  #take(type: Token["type"], value: string): void {
    this.#push(type, value);
    this.#at += value.length;
  }

  #push(type: Token["type"], value: string): void {
    this.#tokens.push({ type, value, line: this.#lineHere() });
  }

  #lineHere(): number {
    for (; this.#counted < this.#at; this.#counted++) if (this.#source[this.#counted] === "\n") this.#line++;
    return this.#line;
  }

  #match(pattern: RegExp, at: number): RegExpExecArray | undefined {
    pattern.lastIndex = at;
    return pattern.exec(this.#source) ?? undefined;
  }

  #fault(message: string): TemplateFault {
    return new TemplateFault(message, this.#lineHere());
  }
}

/** Reads the escapes of a text as Python does. */
function unescaped(quoted: string): string {
  return quoted.replace(escapes, (whole, hex?: string, octal?: string, letter?: string) => {
    if (hex !== undefined) {
      const point = Number.parseInt(hex.slice(1), 16);
      if (hex.length !== { x: 3, u: 5, U: 9 }[hex.charAt(0)] || point > 0x10ffff) {
        throw new TemplateFault(`the escape "${whole}" is cut short`);
      }
      return String.fromCodePoint(point);
    }
    if (octal !== undefined) return String.fromCharCode(Number.parseInt(octal, 8));
    const known = letter === undefined ? undefined : simpleEscapes.get(letter);
    if (known !== undefined) return known;
    if (letter === "N" || whole.charCodeAt(1) > 0x7f) throw unsupported(`the escape "${whole}"`);
    return whole;
  });
}

const escapes = /\\(?:(x[0-9a-fA-F]{0,2}|u[0-9a-fA-F]{0,4}|U[0-9a-fA-F]{0,8})|([0-7]{1,3})|([^]))/g;
const simpleEscapes = new Map([
  ["\n", ""],
  ["\\", "\\"],
  ["'", "'"],
  ['"', '"'],
  ["a", "\x07"],
  ["b", "\b"],
  ["f", "\f"],
  ["n", "\n"],
  ["r", "\r"],
  ["t", "\t"],
  ["v", "\v"],
]);
