import { attributeOf, itemOf, sliceOfValue } from "./attributes.js";
import type { Budget } from "./budget.js";
import { applyFilter } from "./filters.js";
import type { FilterContext } from "./filterContext.js";
import type { ArgumentNodes, Expression } from "./nodes.js";
import { calculate, compare } from "./operators.js";
import { toText } from "./pythonRepr.js";
import type { Scope } from "./scope.js";
import { TemplateFault, unsupported } from "./templateFault.js";
import { applyTest } from "./valueTests.js";
import {
  Callable,
  Dict,
  Float,
  isTrue,
  itemsOf,
  keyIn,
  numberIn,
  Sequence,
  textIn,
  typeName,
  Undefined,
  type Arguments,
  type Value,
} from "./values.js";

/** Evaluates the expressions of a template with Python's meaning. */
export class Evaluator implements FilterContext {
  constructor(readonly budget: Budget) {}

  /** Applies a filter by name. */
  filter(name: string, value: Value, args: Arguments): Value {
    this.budget.spend(1);
    return applyFilter(name, value, args, this);
  }

  /** Applies a test by name. */
  test(name: string, value: Value, args: Arguments): boolean {
    this.budget.spend(1);
    return applyTest(name, value, args, this);
  }

  /**
   * Evaluates an expression.
   * @param piped what a filter block or a block set gives its filters
   * @throws TemplateFault with the line, where Python would fail or this reader does not follow it
   */
  evaluate(node: Expression, scope: Scope, piped?: Value): Value {
    this.budget.spend(1);
    try {
      return this.#value(node, scope, piped);
    } catch (fault) {
      if (fault instanceof TemplateFault) fault.line ??= node.line;
      throw fault;
    }
  }

  #value(node: Expression, scope: Scope, piped: Value | undefined): Value {
    const value = (inner: Expression) => this.evaluate(inner, scope, piped);
    const { budget } = this;
    switch (node.kind) {
      case "constant":
        return node.value;
      case "float":
        return new Float(node.value);
      case "name":
        return this.#name(node.name, scope);
      case "list":
      case "tuple":
        return new Sequence(node.kind, node.items.map(value));
      case "concat":
        return budget.text(node.items.map((item) => budget.text(toText(value(item)))).join(""));
      case "dict":
        return new Dict(new Map(node.pairs.map(([key, item]) => [keyIn(value(key)), value(item)])));
      case "attribute":
        return attributeOf(value(node.of), node.name, budget);
      case "item":
        return itemOf(value(node.of), value(node.at), budget);
      case "slice":
        return sliceOfValue(
          value(node.of),
          node.bounds.map((bound) => (bound === undefined ? undefined : value(bound))),
          budget,
        );
      case "call":
        return this.#call(value(node.callee), this.arguments(node.args, scope));
      case "filter": {
        const of = node.of === undefined ? piped : value(node.of);
        return this.filter(node.name, of ?? null, this.arguments(node.args, scope));
      }
      case "test":
        return this.test(node.name, value(node.of), this.arguments(node.args, scope));
      case "unary":
        return this.#unary(node.sign, value(node.of));
      case "and": {
        const left = value(node.left);
        return isTrue(left) ? value(node.right) : left;
      }
      case "or": {
        const left = value(node.left);
        return isTrue(left) ? left : value(node.right);
      }
      case "math":
        return calculate(node.sign, value(node.left), value(node.right), budget);
      case "compare": {
        let left = value(node.first);
        for (const { sign, to } of node.rest) {
          const right = value(to);
          if (typeof left === "string") budget.spendCharacters(left.length);
          if (typeof right === "string") budget.spendCharacters(right.length);
          if (right instanceof Sequence && right.kind !== "iterator") budget.spend(right.items.length);
          if (!compare(sign, left, right)) return false;
          left = right;
        }
        return true;
      }
      case "conditional":
        if (isTrue(value(node.test))) return value(node.yes);
        return node.no === undefined
          ? new Undefined("the inline if-expression has no else, and its condition is false")
          : value(node.no);
    }
  }

  #name(name: string, scope: Scope): Value {
    const found = scope.get(name);
    if (found !== undefined) return found;
    // Inside a macro they hold what is left of its arguments.
    if (name === "varargs" || name === "kwargs") throw unsupported(`the name ${name}`);
    return new Undefined(`'${name}' is undefined`);
  }

  #unary(sign: "-" | "+" | "not", value: Value): Value {
    if (sign === "not") return !isTrue(value);
    if (value instanceof Undefined) throw value.fault();
    const number = numberIn(value);
    if (number === undefined)
      throw new TemplateFault(`bad operand type for unary ${sign}: '${typeName(value)}'`);
    const signed = sign === "-" ? -number : number;
    return value instanceof Float ? new Float(signed) : signed === 0 ? 0 : signed;
  }

  #call(callee: Value, args: Arguments): Value {
    if (callee instanceof Callable) return callee.call(args);
    if (callee instanceof Undefined) throw callee.fault();
    throw new TemplateFault(`'${typeName(callee)}' object is not callable`);
  }

  /** Evaluates the arguments of a call. */
  arguments(nodes: ArgumentNodes, scope: Scope): Arguments {
    const positional = nodes.positional.map((node) => this.evaluate(node, scope));
    const keywords = new Map<string, Value>();
    for (const { name, value } of nodes.keywords) keywords.set(name, this.evaluate(value, scope));
    if (nodes.spread !== undefined) positional.push(...itemsOf(this.evaluate(nodes.spread, scope)));
    if (nodes.keywordSpread !== undefined) {
      const rest = this.evaluate(nodes.keywordSpread, scope);
      if (!(rest instanceof Dict))
        throw new TemplateFault(`argument after ** must be a mapping, not ${typeName(rest)}`);
      for (const [name, value] of rest.entries) keywords.set(textIn(name, "the name of an argument"), value);
    }
    return { positional, keywords };
  }
}
