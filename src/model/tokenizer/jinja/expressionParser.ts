import type { Token } from "./lexer.js";
import type { ArgumentNodes, CompareSign, Expression, MathSign } from "./nodes.js";
import { TemplateFault, unsupported } from "./templateFault.js";

/** Deepest nesting of brackets and tags. */
const deepest = 200;
/** Most operators in a row at one level, since each is a level of the tree. */
const longest = 1000;
const none: ArgumentNodes = { positional: [], keywords: [] };
const constants = new Map<string, boolean | null>([
  ["true", true],
  ["True", true],
  ["false", false],
  ["False", false],
  ["none", null],
  ["None", null],
]);

/** Reader of Jinja's expressions, with Jinja's order of operators (`~` before `+`, chained comparisons, tests as filters). */
export class ExpressionParser {
  readonly #tokens: readonly Token[];
  #at = 0;
  #depth = 0;

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  /** True once all tokens are read. */
  get isAtEnd(): boolean {
    return this.#at >= this.#tokens.length;
  }

  /** Line of the next token, or of the last one. */
  get line(): number {
    return (this.#tokens[this.#at] ?? this.#tokens.at(-1))?.line ?? 1;
  }

  /** Tells whether a token of this kind comes next, or `ahead` tokens later. */
  is(type: Token["type"], value?: string, ahead = 0): boolean {
    const token = this.#tokens[this.#at + ahead];
    return token?.type === type && (value === undefined || token.value === value);
  }

  /** Takes the next token if it is of this kind. */
  skip(type: Token["type"], value?: string): boolean {
    const found = this.is(type, value);
    if (found) this.#at++;
    return found;
  }

  /** Takes the next token, which must be of this kind. */
  expect(type: Token["type"], value?: string): Token {
    const token = this.#tokens[this.#at];
    if (token === undefined || !this.is(type, value)) throw this.unexpected(value ?? type);
    this.#at++;
    return token;
  }

  /** Builds the fault of a token that should not be there. */
  unexpected(expected: string): TemplateFault {
    const token = this.#tokens[this.#at];
    const found = token === undefined ? "the end of the template" : `"${token.value}"`;
    return new TemplateFault(`expected ${expected}, found ${found}`, this.line);
  }

  /** Goes one level deeper for what `body` reads. */
  deeper<T>(body: () => T): T {
    if (this.#depth >= deepest) throw new TemplateFault(`nested more than ${deepest} deep`, this.line);
    this.#depth++;
    const result = body();
    this.#depth--;
    return result;
  }

  /** Reads an expression. */
  expression(): Expression {
    return this.deeper(() => {
      let value = this.#or();
      for (let count = 0; this.skip("name", "if"); count++) {
        this.#bound(count);
        const test = this.#or();
        const no = this.skip("name", "else") ? this.expression() : undefined;
        value = { kind: "conditional", line: test.line, test, yes: value, no };
      }
      return value;
    });
  }

  /** Reads an expression without a condition behind it, as the list of a loop is. */
  unconditional(): Expression {
    return this.#tuple(() => this.#or());
  }

  /** Reads an expression, or several with commas between them, which make a tuple. */
  tuple(): Expression {
    return this.#tuple(() => this.expression());
  }

  #tuple(read: () => Expression, mayBeEmpty = false): Expression {
    const line = this.line;
    const items: Expression[] = [];
    let isTuple = false;
    while (!this.is("end") && !this.is("operator", ")")) {
      items.push(read());
      if (!this.skip("operator", ",")) break;
      isTuple = true;
    }
    const [first] = items;
    if (!isTuple && first !== undefined) return first;
    if (!isTuple && !mayBeEmpty) throw this.unexpected("an expression");
    return { kind: "tuple", line, items };
  }

  #bound(count: number): void {
    if (count >= longest) throw new TemplateFault(`more than ${longest} operators in a row`, this.line);
  }

  #or(): Expression {
    let left = this.#and();
    for (let count = 0; this.skip("name", "or"); count++) {
      this.#bound(count);
      left = { kind: "or", line: left.line, left, right: this.#and() };
    }
    return left;
  }

  #and(): Expression {
    let left = this.#not();
    for (let count = 0; this.skip("name", "and"); count++) {
      this.#bound(count);
      left = { kind: "and", line: left.line, left, right: this.#not() };
    }
    return left;
  }

  #not(): Expression {
    const line = this.line;
    if (!this.skip("name", "not")) return this.#compare();
    return this.deeper(() => ({ kind: "unary", line, sign: "not", of: this.#not() }));
  }

  #compare(): Expression {
    const first = this.#sum();
    const rest: { sign: CompareSign; to: Expression }[] = [];
    for (let sign = this.#compareSign(); sign !== undefined; sign = this.#compareSign()) {
      rest.push({ sign, to: this.#sum() });
    }
    return rest.length === 0 ? first : { kind: "compare", line: first.line, first, rest };
  }

  #compareSign(): CompareSign | undefined {
    for (const sign of ["==", "!=", "<", "<=", ">", ">="] as const)
      if (this.skip("operator", sign)) return sign;
    if (this.skip("name", "in")) return "in";
    if (!this.is("name", "not") || !this.is("name", "in", 1)) return undefined;
    this.#at += 2;
    return "not in";
  }

  #sum(): Expression {
    return this.#math(["+", "-"], () => this.#concat());
  }

  #concat(): Expression {
    const first = this.#math(["*", "/", "//", "%"], () => this.#power());
    const items = [first];
    while (this.skip("operator", "~")) items.push(this.#math(["*", "/", "//", "%"], () => this.#power()));
    return items.length === 1 ? first : { kind: "concat", line: first.line, items };
  }

  #power(): Expression {
    return this.#math(["**"], () => this.#unary(true));
  }

  #math(signs: readonly MathSign[], operand: () => Expression): Expression {
    let left = operand();
    for (let count = 0; ; count++) {
      const sign = signs.find((candidate) => this.skip("operator", candidate));
      if (sign === undefined) return left;
      this.#bound(count);
      left = { kind: "math", line: left.line, sign, left, right: operand() };
    }
  }

  #unary(withFilters: boolean): Expression {
    const line = this.line;
    const sign = this.skip("operator", "-") ? "-" : this.skip("operator", "+") ? "+" : undefined;
    const plain: Expression =
      sign === undefined
        ? this.primary()
        : this.deeper(() => ({ kind: "unary", line, sign, of: this.#unary(false) }));
    const value = this.#postfix(plain);
    return withFilters ? this.#filters(value) : value;
  }

  /** Reads a name, a literal or an expression in brackets. */
  primary(): Expression {
    const line = this.line;
    if (this.is("name")) {
      const { value: name } = this.expect("name");
      const constant = constants.get(name);
      return constant === undefined
        ? { kind: "name", line, name }
        : { kind: "constant", line, value: constant };
    }
    if (this.is("string")) {
      let value = "";
      while (this.is("string")) value += this.expect("string").value;
      return { kind: "constant", line, value };
    }
    if (this.is("integer")) return { kind: "constant", line, value: this.#integer() };
    if (this.is("float")) {
      return { kind: "float", line, value: Number(this.expect("float").value.replaceAll("_", "")) };
    }
    if (this.skip("operator", "(")) {
      const value = this.#tuple(() => this.expression(), true);
      this.expect("operator", ")");
      return value;
    }
    if (this.skip("operator", "[")) {
      return { kind: "list", line, items: this.#items("]", () => this.expression()) };
    }
    if (!this.skip("operator", "{")) throw this.unexpected("an expression");
    const pairs = this.#items("}", () => {
      const key = this.expression();
      this.expect("operator", ":");
      return [key, this.expression()] as const;
    });
    return { kind: "dict", line, pairs };
  }

  #integer(): number {
    const { value, line } = this.expect("integer");
    const number = Number(value.replaceAll("_", ""));
    if (!Number.isSafeInteger(number)) throw new TemplateFault(`the number ${value} is too large`, line);
    return number;
  }

  #items<T>(closer: string, read: () => T): T[] {
    const items: T[] = [];
    while (!this.is("operator", closer)) {
      if (items.length > 0) this.expect("operator", ",");
      if (this.is("operator", closer)) break;
      items.push(read());
    }
    this.expect("operator", closer);
    return items;
  }

  #postfix(start: Expression): Expression {
    let value = start;
    for (let count = 0; ; count++) {
      this.#bound(count);
      const line = this.line;
      if (this.skip("operator", ".")) value = this.#afterDot(value, line);
      else if (this.skip("operator", "[")) value = this.#subscript(value, line);
      else if (this.is("operator", "("))
        value = { kind: "call", line, callee: value, args: this.arguments() };
      else return value;
    }
  }

  #afterDot(of: Expression, line: number): Expression {
    if (!this.is("integer")) return { kind: "attribute", line, of, name: this.expect("name").value };
    return { kind: "item", line, of, at: { kind: "constant", line, value: this.#integer() } };
  }

  #subscript(of: Expression, line: number): Expression {
    if (this.is("operator", "]")) throw this.unexpected("an index");
    const bounds: (Expression | undefined)[] = [this.#bounded()];
    while (bounds.length < 3 && this.skip("operator", ":")) bounds.push(this.#bounded());
    if (this.is("operator", ",")) throw unsupported("an index of several parts");
    this.expect("operator", "]");
    const [at] = bounds;
    if (bounds.length === 1 && at !== undefined) return { kind: "item", line, of, at };
    return { kind: "slice", line, of, bounds };
  }

  #bounded(): Expression | undefined {
    const isOpen = this.is("operator", ":") || this.is("operator", "]") || this.is("operator", ",");
    return isOpen ? undefined : this.expression();
  }

  /** Reads the filters, tests and calls behind a value. */
  #filters(start: Expression): Expression {
    let value = start;
    for (let count = 0; ; count++) {
      this.#bound(count);
      if (this.is("operator", "|")) value = this.filter(value);
      else if (this.is("name", "is")) value = this.#test(value);
      else if (this.is("operator", "(")) {
        value = { kind: "call", line: this.line, callee: value, args: this.arguments() };
      } else return value;
    }
  }

  /** Reads filters in a row; the first one's sign is already taken where `of` is undefined. */
  filter(of: Expression | undefined): Expression {
    let value = of;
    do {
      if (value !== undefined) this.expect("operator", "|");
      const { value: name, line } = this.expect("name");
      const args = this.is("operator", "(") ? this.arguments() : none;
      const filter: Expression = { kind: "filter", line, of: value, name, args };
      value = filter;
    } while (this.is("operator", "|"));
    return value;
  }

  #test(of: Expression): Expression {
    const { line } = this.expect("name", "is");
    const isNegated = this.skip("name", "not");
    const { value: name } = this.expect("name");
    let args = none;
    if (this.is("operator", "(")) args = this.arguments();
    else if (this.#isTestArgument()) {
      if (this.is("name", "is")) throw this.unexpected("no second test");
      args = { positional: [this.#postfix(this.primary())], keywords: [] };
    }
    const test: Expression = { kind: "test", line, of, name, args };
    return isNegated ? { kind: "unary", line, sign: "not", of: test } : test;
  }

  #isTestArgument(): boolean {
    if (this.is("name")) return !["else", "or", "and"].some((word) => this.is("name", word));
    return (
      this.is("string") ||
      this.is("integer") ||
      this.is("float") ||
      this.is("operator", "[") ||
      this.is("operator", "{")
    );
  }

  /** Reads the arguments of a call, brackets included. */
  arguments(): ArgumentNodes {
    this.expect("operator", "(");
    const positional: Expression[] = [];
    const keywords: { name: string; value: Expression }[] = [];
    let spread: Expression | undefined;
    let keywordSpread: Expression | undefined;
    this.#items(")", () => {
      if (keywordSpread !== undefined) throw this.unexpected("the end of the arguments");
      if (this.skip("operator", "**")) keywordSpread = this.expression();
      else if (spread === undefined && this.skip("operator", "*")) spread = this.expression();
      else if (this.is("name") && this.is("operator", "=", 1)) {
        const { value: name } = this.expect("name");
        this.expect("operator", "=");
        keywords.push({ name, value: this.expression() });
      } else if (spread === undefined && keywords.length === 0) positional.push(this.expression());
      else throw this.unexpected("an argument with a name");
    });
    return { positional, keywords, spread, keywordSpread };
  }
}
