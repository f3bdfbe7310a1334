import { ExpressionParser } from "./expressionParser.js";
import { tokenize } from "./lexer.js";
import type { Expression, MacroNode, Statement, Target } from "./nodes.js";
import { TemplateFault } from "./templateFault.js";

/** Longest template that is read, in characters. */
const longestTemplate = 1_000_000;

/**
 * Reads a chat template: Jinja's grammar with loop controls and the `{% generation %}` marks of transformers.
 * @throws TemplateFault with the line, where it is no template or uses a tag that is not supported
 */
export function parseTemplate(template: string): readonly Statement[] {
  if (template.length > longestTemplate) {
    throw new TemplateFault(`a template of more than ${longestTemplate} characters`);
  }
  const parser = new Parser(new ExpressionParser(tokenize(template)));
  return parser.template();
}

class Parser {
  readonly #from: ExpressionParser;
  #loops = 0;

  constructor(from: ExpressionParser) {
    this.#from = from;
  }

  template(): Statement[] {
    const body = this.#body([]);
    if (!this.#from.isAtEnd) throw this.#from.unexpected("the end of the template");
    return body;
  }

  /** Reads statements up to a tag that begins with one of these words, of which the word comes next. */
  #body(ends: readonly string[]): Statement[] {
    return this.#from.deeper(() => {
      const body: Statement[] = [];
      for (;;) {
        const { line } = this.#from;
        if (this.#from.isAtEnd) {
          if (ends.length > 0) throw this.#from.unexpected(`{% ${ends.join(" or ")} %}`);
          return body;
        }
        if (this.#from.is("data")) {
          body.push({ kind: "text", line, text: this.#from.expect("data").value });
        } else if (this.#from.skip("begin", "{{")) {
          body.push({ kind: "output", line, value: withoutSafe(this.#from.tuple()) });
          this.#from.expect("end");
        } else {
          this.#from.expect("begin");
          if (ends.some((word) => this.#from.is("name", word))) return body;
          body.push(this.#statement(line));
          this.#from.expect("end");
        }
      }
    });
  }

  /** Reads the rest of a tag and the statements behind it, through the tag that ends them. */
  #block(end: string): Statement[] {
    this.#from.expect("end");
    const body = this.#body([end]);
    this.#from.expect("name", end);
    return body;
  }

  #statement(line: number): Statement {
    const { value: tag } = this.#from.expect("name");
    switch (tag) {
      case "if":
        return this.#if(line);
      case "for":
        return this.#for(line);
      case "set":
        return this.#set(line);
      case "with":
        return this.#with(line);
      case "macro":
        return this.#macro(line);
      case "call":
        return this.#callBlock(line);
      case "filter": {
        const filter = this.#from.filter(undefined);
        return { kind: "filterBlock", line, filter, body: this.#block("endfilter") };
      }
      case "generation":
        return { kind: "generation", line, body: this.#outsideLoops(() => this.#block("endgeneration")) };
      case "break":
      case "continue":
        if (this.#loops === 0) throw new TemplateFault(`{% ${tag} %} outside a loop`, line);
        return { kind: tag, line };
      default:
        throw new TemplateFault(`the tag {% ${tag} %} is not supported here`, line);
    }
  }

  #if(line: number): Statement {
    const branches: { test: Expression; body: Statement[] }[] = [];
    for (;;) {
      const test = this.#from.unconditional();
      this.#from.expect("end");
      branches.push({ test, body: this.#body(["elif", "else", "endif"]) });
      if (this.#from.skip("name", "elif")) continue;
      const otherwise = this.#from.skip("name", "else") ? this.#block("endif") : [];
      if (otherwise.length === 0) this.#from.skip("name", "endif");
      return { kind: "if", line, branches, otherwise };
    }
  }

  #for(line: number): Statement {
    const target = this.#target(false);
    this.#from.expect("name", "in");
    const of = this.#from.unconditional();
    const test = this.#from.skip("name", "if") ? this.#from.expression() : undefined;
    if (this.#from.is("name", "recursive"))
      throw new TemplateFault("a recursive loop is not supported here", line);
    this.#from.expect("end");
    this.#loops++;
    const body = this.#body(["endfor", "else"]);
    this.#loops--;
    const hasElse = this.#from.skip("name", "else");
    const otherwise = hasElse ? this.#block("endfor") : [];
    if (!hasElse) this.#from.expect("name", "endfor");
    return { kind: "for", line, target, of, test, body, otherwise };
  }

  #set(line: number): Statement {
    const target = this.#target(true);
    if (this.#from.skip("operator", "=")) return { kind: "set", line, target, value: this.#from.tuple() };
    const filter = this.#from.skip("operator", "|") ? this.#from.filter(undefined) : undefined;
    return { kind: "setBlock", line, target, filter, body: this.#block("endset") };
  }

  #with(line: number): Statement {
    const values: { target: Target; value: Expression }[] = [];
    while (!this.#from.is("end")) {
      if (values.length > 0) this.#from.expect("operator", ",");
      const target = this.#target(false);
      this.#from.expect("operator", "=");
      values.push({ target, value: this.#from.expression() });
    }
    return { kind: "with", line, values, body: this.#block("endwith") };
  }

  #macro(line: number): Statement {
    const { value: name } = this.#from.expect("name");
    const parameters = this.#parameters();
    const body = this.#outsideLoops(() => this.#block("endmacro"));
    return { kind: "macro", line, macro: { name, parameters, body } };
  }

  #callBlock(line: number): Statement {
    const parameters = this.#from.is("operator", "(") ? this.#parameters() : [];
    const call = this.#from.expression();
    if (call.kind !== "call") throw new TemplateFault("expected a call of a macro", line);
    const body = this.#outsideLoops(() => this.#block("endcall"));
    return { kind: "callBlock", line, call, macro: { name: "caller", parameters, body } };
  }

  #parameters(): MacroNode["parameters"] {
    const parameters: { name: string; fallback: Expression | undefined }[] = [];
    this.#from.expect("operator", "(");
    while (!this.#from.is("operator", ")")) {
      if (parameters.length > 0) this.#from.expect("operator", ",");
      const { value: name } = this.#from.expect("name");
      const fallback = this.#from.skip("operator", "=") ? this.#from.expression() : undefined;
      if (fallback === undefined && parameters.at(-1)?.fallback !== undefined) {
        throw this.#from.unexpected(`a default for the parameter ${name}`);
      }
      parameters.push({ name, fallback });
    }
    this.#from.expect("operator", ")");
    return parameters;
  }

  /** Reads what is a function of its own in Jinja, so that it cannot end a loop around it. */
  #outsideLoops<T>(read: () => T): T {
    const loops = this.#loops;
    this.#loops = 0;
    const result = read();
    this.#loops = loops;
    return result;
  }

  /** Reads what a value is stored in: a name, an attribute of a namespace where allowed, or several of them. */
  #target(withAttributes: boolean): Target {
    const targets: Target[] = [];
    let isTuple = false;
    do {
      if (targets.length > 0) isTuple = true;
      if (this.#from.is("name", "in") || this.#from.is("operator", "=") || this.#from.is("end")) break;
      targets.push(this.#oneTarget(withAttributes));
    } while (this.#from.skip("operator", ","));
    const [only] = targets;
    if (only === undefined) throw this.#from.unexpected("a name");
    return isTuple ? { kind: "names", targets } : only;
  }

  #oneTarget(withAttributes: boolean): Target {
    if (this.#from.skip("operator", "(")) {
      const inner = this.#target(withAttributes);
      this.#from.expect("operator", ")");
      return inner;
    }
    const { value: name, line } = this.#from.expect("name");
    if (/^(true|false|none|loop)$/i.test(name)) throw new TemplateFault(`"${name}" cannot be set`, line);
    if (!withAttributes || !this.#from.skip("operator", ".")) return { kind: "name", name };
    return { kind: "attribute", of: name, name: this.#from.expect("name").value };
  }
}

/** Drops `| safe` where the value is written at once, for there it changes nothing. */
function withoutSafe(value: Expression): Expression {
  const isSafe = value.kind === "filter" && value.name === "safe" && value.args.positional.length === 0;
  return isSafe && value.of !== undefined ? value.of : value;
}
