import type { Budget } from "./budget.js";
import type { CompareSign, MathSign } from "./nodes.js";
import { formatPercent } from "./formatPercent.js";
import { compareTexts } from "./pythonText.js";
import { TemplateFault, unsupported } from "./templateFault.js";
import { Dict, Float, numberIn, Sequence, typeName, Undefined, whole, type Value } from "./values.js";

/** Calculates as Python does, which tells whole numbers from others and does not add a number to a text. */
export function calculate(sign: MathSign, left: Value, right: Value, budget: Budget): Value {
  if (left instanceof Undefined) throw left.fault();
  if (right instanceof Undefined && !(sign === "%" && typeof left === "string")) throw right.fault();
  if (sign === "%" && typeof left === "string") return budget.text(formatPercent(left, right));
  const [one, other] = [numberIn(left), numberIn(right)];
  if (one !== undefined && other !== undefined) {
    const isFloat = left instanceof Float || right instanceof Float;
    return isFloat ? floatMath(sign, one, other) : wholeMath(sign, one, other);
  }
  if (sign === "+") {
    if (typeof left === "string" && typeof right === "string") {
      budget.spendCharacters(left.length + right.length);
      return left + right;
    }
    if (
      left instanceof Sequence &&
      right instanceof Sequence &&
      left.kind === right.kind &&
      isListLike(left)
    ) {
      const items = [...left.items, ...right.items];
      budget.spend(items.length);
      return new Sequence(left.kind, items);
    }
  }
  if (sign === "*") {
    const repeated = repeat(left, right, budget) ?? repeat(right, left, budget);
    if (repeated !== undefined) return repeated;
  }
  throw new TemplateFault(
    `unsupported operand type(s) for ${sign}: '${typeName(left)}' and '${typeName(right)}'`,
  );
}

function isListLike(value: Sequence): boolean {
  return value.kind === "list" || value.kind === "tuple";
}

function repeat(value: Value, by: Value, budget: Budget): Value | undefined {
  if (typeof by !== "number" && typeof by !== "boolean") return undefined;
  const times = Math.max(0, Number(by));
  if (typeof value === "string") {
    budget.spendCharacters(value.length * times);
    return value.repeat(times);
  }
  if (!(value instanceof Sequence) || !isListLike(value)) return undefined;
  budget.spend(value.items.length * times);
  return new Sequence(value.kind, Array.from({ length: times }, () => value.items).flat());
}

function wholeMath(sign: MathSign, left: number, right: number): Value {
  if (right === 0 && (sign === "/" || sign === "//" || sign === "%"))
    throw new TemplateFault("division by zero");
  switch (sign) {
    case "+":
      return whole(left + right);
    case "-":
      return whole(left - right);
    case "*":
      return whole(left * right);
    case "/":
      return new Float(left / right);
    case "//":
      return whole((left - modulo(left, right)) / right);
    case "%":
      return whole(modulo(left, right));
    case "**":
      return right < 0 ? new Float(left ** right) : whole(left ** right);
  }
}

function modulo(left: number, right: number): number {
  const rest = left % right;
  return rest !== 0 && rest < 0 !== right < 0 ? rest + right : rest;
}

function floatMath(sign: MathSign, left: number, right: number): Value {
  if (right === 0 && (sign === "/" || sign === "//" || sign === "%"))
    throw new TemplateFault("division by zero");
  switch (sign) {
    case "+":
      return new Float(left + right);
    case "-":
      return new Float(left - right);
    case "*":
      return new Float(left * right);
    case "/":
      return new Float(left / right);
    case "%": {
      const rest = modulo(left, right);
      return new Float(rest === 0 ? Math.sign(right) * 0 : rest);
    }
    default:
      throw unsupported(`${sign} of numbers with a fraction`);
  }
}

/** Python's equality. */
export function areEqual(left: Value, right: Value): boolean {
  const [one, other] = [numberIn(left), numberIn(right)];
  if (one !== undefined && other !== undefined) return one === other;
  if (left instanceof Sequence && right instanceof Sequence && left.kind === right.kind) {
    if (left.kind === "iterator") return left === right;
    if (left.kind === "view") throw unsupported("comparing views of dictionaries");
    const [items, others] = [left.items, right.items];
    return (
      items.length === others.length &&
      items.every((item, index) => {
        const against = others[index];
        return against !== undefined && areEqual(item, against);
      })
    );
  }
  if (left instanceof Dict && right instanceof Dict) {
    if (left.entries.size !== right.entries.size) return false;
    return [...left.entries].every(([key, value]) => {
      const against = right.entries.get(key);
      return against !== undefined && areEqual(value, against);
    });
  }
  if (left instanceof Undefined && right instanceof Undefined) return true;
  return left === right;
}

/** Compares as Python does. */
export function compare(sign: CompareSign, left: Value, right: Value): boolean {
  switch (sign) {
    case "==":
      return areEqual(left, right);
    case "!=":
      return !areEqual(left, right);
    case "in":
      return contains(right, left);
    case "not in":
      return !contains(right, left);
    default: {
      const order = orderOf(left, right, sign);
      if (sign === "<") return order < 0;
      if (sign === "<=") return order <= 0;
      return sign === ">" ? order > 0 : order >= 0;
    }
  }
}

/** Orders two values as Python does: negative where the left one is smaller. */
export function orderOf(left: Value, right: Value, sign = "<"): number {
  const [one, other] = [numberIn(left), numberIn(right)];
  if (one !== undefined && other !== undefined) return one - other;
  if (typeof left === "string" && typeof right === "string") return compareTexts(left, right);
  if (left instanceof Sequence && right instanceof Sequence && left.kind === right.kind && isListLike(left)) {
    const others = right.items;
    for (const [index, item] of left.items.entries()) {
      const against = others[index];
      if (against === undefined) return 1;
      if (!areEqual(item, against)) return orderOf(item, against, sign);
    }
    return left.items.length - others.length;
  }
  if (left instanceof Undefined) throw left.fault();
  if (right instanceof Undefined) throw right.fault();
  throw new TemplateFault(
    `'${sign}' not supported between instances of '${typeName(left)}' and '${typeName(right)}'`,
  );
}

/** Tells whether a value is in another: part of a text, item of a list, key of a dictionary. */
export function contains(inside: Value, value: Value): boolean {
  if (typeof inside === "string") {
    if (typeof value === "string") return inside.includes(value);
    throw new TemplateFault(`'in <string>' requires string as left operand, not ${typeName(value)}`);
  }
  if (inside instanceof Sequence) {
    if (inside.kind === "iterator") throw unsupported("looking for a value in an iterator");
    return inside.items.some((item) => item === value || areEqual(item, value));
  }
  if (inside instanceof Dict) {
    if (value instanceof Sequence || value instanceof Dict) {
      throw new TemplateFault(`unhashable type: '${typeName(value)}'`);
    }
    return inside.get(value) !== undefined;
  }
  if (inside instanceof Undefined) return false;
  throw new TemplateFault(`argument of type '${typeName(inside)}' is not iterable`);
}
