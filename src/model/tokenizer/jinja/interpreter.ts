import { Budget } from "./budget.js";
import { Evaluator } from "./evaluator.js";
import { globalsFor } from "./globals.js";
import type { Expression, MacroNode, Statement, Target } from "./nodes.js";
import { toText } from "./pythonRepr.js";
import { Scope } from "./scope.js";
import { TemplateFault } from "./templateFault.js";
import {
  Callable,
  isTrue,
  itemsOf,
  Loop,
  Namespace,
  Undefined,
  type Arguments,
  type Value,
} from "./values.js";

/** Span of a text: characters from `start` up to but not including `end`. */
export interface TextSpan {
  readonly start: number;
  readonly end: number;
}

/** Text that a template writes, with the spans between its `{% generation %}` marks. */
export interface Rendered {
  readonly text: string;
  readonly generated: readonly TextSpan[];
}

/** How a list of statements ended. */
type Ending = "done" | "break" | "continue";

/** Text under construction. */
class Output {
  text = "";
  readonly generated: TextSpan[] = [];

  /** @param isWhole false for the text of a macro or a block, which may end up anywhere */
  constructor(readonly isWhole: boolean) {}
}

/**
 * Writes a template as Jinja does: what a loop or a block sets is gone behind it, a macro sees the names where it
 * stands, and all work is charged to a budget.
 * @throws TemplateFault where the template refuses, fails, asks for more work than the budget has, or uses what is
 *   not supported
 */
export function renderStatements(
  statements: readonly Statement[],
  variables: ReadonlyMap<string, Value>,
  budget = new Budget(),
): Rendered {
  const scope = new Scope();
  for (const [name, value] of [...globalsFor(budget), ...variables]) scope.set(name, value);
  const output = new Output(true);
  new Interpreter(budget).run(statements, new Scope(scope), output);
  return output;
}

class Interpreter {
  readonly #budget: Budget;
  readonly #evaluator: Evaluator;

  constructor(budget: Budget) {
    this.#budget = budget;
    this.#evaluator = new Evaluator(budget);
  }

  run(statements: readonly Statement[], scope: Scope, output: Output): Ending {
    for (const statement of statements) {
      this.#budget.spend(1);
      try {
        const ending = this.#statement(statement, scope, output);
        if (ending !== "done") return ending;
      } catch (fault) {
        if (fault instanceof TemplateFault) fault.line ??= statement.line;
        throw fault;
      }
    }
    return "done";
  }

  #statement(statement: Statement, scope: Scope, output: Output): Ending {
    switch (statement.kind) {
      case "text":
        output.text += this.#budget.text(statement.text);
        return "done";
      case "output":
        output.text += this.#budget.text(toText(this.#value(statement.value, scope)));
        return "done";
      case "if": {
        const branch = statement.branches.find(({ test }) => isTrue(this.#value(test, scope)));
        return this.run(branch?.body ?? statement.otherwise, scope, output);
      }
      case "for":
        this.#for(statement, scope, output);
        return "done";
      case "break":
      case "continue":
        return statement.kind;
      case "set":
        this.#assign(statement.target, this.#value(statement.value, scope), scope);
        return "done";
      case "setBlock": {
        const text = this.#captured(statement.body, new Scope(scope));
        const value =
          statement.filter === undefined ? text : this.#evaluator.evaluate(statement.filter, scope, text);
        this.#assign(statement.target, value, scope);
        return "done";
      }
      case "with": {
        const inner = new Scope(scope);
        for (const { target, value } of statement.values)
          this.#assign(target, this.#value(value, scope), inner);
        return this.run(statement.body, inner, output);
      }
      case "macro":
        scope.set(statement.macro.name, this.#macro(statement.macro, scope));
        return "done";
      case "callBlock": {
        const inner = new Scope(scope);
        output.text += this.#budget.text(toText(this.#callWith(statement.call, statement.macro, inner)));
        return "done";
      }
      case "filterBlock": {
        const text = this.#captured(statement.body, new Scope(scope));
        output.text += this.#budget.text(toText(this.#evaluator.evaluate(statement.filter, scope, text)));
        return "done";
      }
      case "generation":
        this.#generation(statement.body, scope, output);
        return "done";
    }
  }

  #value(node: Expression, scope: Scope): Value {
    return this.#evaluator.evaluate(node, scope);
  }

  /** Runs a body whose text is a value. */
  #captured(body: readonly Statement[], scope: Scope): string {
    const output = new Output(false);
    this.run(body, scope, output);
    return output.text;
  }

  #for(node: Extract<Statement, { kind: "for" }>, scope: Scope, output: Output): void {
    let items = itemsOf(this.#value(node.of, scope));
    // A round makes a scope and the state of the loop, which is more work than a node.
    this.#budget.spend(items.length * 5);
    const { test } = node;
    if (test !== undefined) {
      items = items.filter((item) => {
        const inner = new Scope(scope);
        this.#assign(node.target, item, inner);
        return isTrue(this.#value(test, inner));
      });
    }
    let isRun = false;
    for (const [index, item] of items.entries()) {
      const inner = new Scope(scope);
      inner.set("loop", new Loop(items, index));
      this.#assign(node.target, item, inner);
      const ending = this.run(node.body, inner, output);
      if (ending === "break") break;
      isRun ||= ending === "done";
    }
    // As in Jinja, a loop whose every round is cut short runs its else as well.
    if (!isRun) this.run(node.otherwise, new Scope(scope), output);
  }

  #assign(target: Target, value: Value, scope: Scope): void {
    if (target.kind === "name") {
      scope.set(target.name, value);
      return;
    }
    if (target.kind === "attribute") {
      const namespace = scope.get(target.of);
      if (!(namespace instanceof Namespace)) {
        throw new TemplateFault("cannot assign attribute on non-namespace object");
      }
      namespace.entries.set(target.name, value);
      return;
    }
    const items = itemsOf(value);
    if (items.length !== target.targets.length) {
      throw new TemplateFault(`expected ${target.targets.length} values to unpack, found ${items.length}`);
    }
    for (const [index, inner] of target.targets.entries()) this.#assign(inner, items[index] ?? null, scope);
  }

  #macro(macro: MacroNode, scope: Scope): Callable {
    return new Callable(macro.name, (args) =>
      this.#budget.nested(() => this.#captured(macro.body, this.#bound(macro, args, scope))),
    );
  }

  /** Puts the arguments of a macro into the names of its body. */
  #bound(macro: MacroNode, args: Arguments, scope: Scope): Scope {
    const inner = new Scope(scope);
    const names = new Set(macro.parameters.map(({ name }) => name));
    if (args.positional.length > names.size) {
      throw new TemplateFault(`macro '${macro.name}' takes not more than ${names.size} argument(s)`);
    }
    for (const [index, { name, fallback }] of macro.parameters.entries()) {
      const given = index < args.positional.length ? args.positional[index] : args.keywords.get(name);
      const missing = () => new Undefined(`parameter '${name}' was not provided`);
      const instead = () => (fallback === undefined ? missing() : this.#value(fallback, inner));
      inner.set(name, given === undefined ? instead() : given);
    }
    for (const [name, value] of args.keywords) {
      if (names.has(name)) continue;
      if (name !== "caller")
        throw new TemplateFault(`macro '${macro.name}' takes no keyword argument '${name}'`);
      inner.set(name, value);
    }
    return inner;
  }

  /** Calls a macro with the body of a `call` block as its `caller`. */
  #callWith(call: Expression, body: MacroNode, scope: Scope): Value {
    if (call.kind !== "call") throw new TemplateFault("expected a call of a macro");
    const callee = this.#value(call.callee, scope);
    if (!(callee instanceof Callable)) throw new TemplateFault("expected a macro");
    const args = this.#evaluator.arguments(call.args, scope);
    return callee.call({
      ...args,
      keywords: new Map([...args.keywords, ["caller", this.#macro(body, scope)]]),
    });
  }

  #generation(body: readonly Statement[], scope: Scope, output: Output): void {
    if (!output.isWhole) {
      throw new TemplateFault(
        "{% generation %} inside a macro or a block that is set, so that its place is not known",
      );
    }
    const start = output.text.length;
    this.run(body, new Scope(scope), output);
    output.generated.push({ start, end: output.text.length });
  }
}
