/** Expression of a template. Every node knows its line, counted from 1. */
export type Expression = { readonly line: number } & (
  | { readonly kind: "constant"; readonly value: string | number | boolean | null }
  | { readonly kind: "float"; readonly value: number }
  | { readonly kind: "name"; readonly name: string }
  | { readonly kind: "list" | "tuple" | "concat"; readonly items: readonly Expression[] }
  | { readonly kind: "dict"; readonly pairs: readonly (readonly [key: Expression, value: Expression])[] }
  | { readonly kind: "attribute"; readonly of: Expression; readonly name: string }
  | { readonly kind: "item"; readonly of: Expression; readonly at: Expression }
  | {
      readonly kind: "slice";
      readonly of: Expression;
      readonly bounds: readonly (Expression | undefined)[];
    }
  | { readonly kind: "call"; readonly callee: Expression; readonly args: ArgumentNodes }
  | {
      readonly kind: "filter";
      readonly of: Expression | undefined;
      readonly name: string;
      readonly args: ArgumentNodes;
    }
  | { readonly kind: "test"; readonly of: Expression; readonly name: string; readonly args: ArgumentNodes }
  | { readonly kind: "unary"; readonly sign: "-" | "+" | "not"; readonly of: Expression }
  | { readonly kind: "and" | "or"; readonly left: Expression; readonly right: Expression }
  | { readonly kind: "math"; readonly sign: MathSign; readonly left: Expression; readonly right: Expression }
  | {
      readonly kind: "compare";
      readonly first: Expression;
      readonly rest: readonly { readonly sign: CompareSign; readonly to: Expression }[];
    }
  | {
      readonly kind: "conditional";
      readonly test: Expression;
      readonly yes: Expression;
      readonly no: Expression | undefined;
    }
);

/** Sign of arithmetic, as Python writes it. */
export type MathSign = "+" | "-" | "*" | "/" | "//" | "%" | "**";

/** Sign of a comparison, as Python writes it. */
export type CompareSign = "==" | "!=" | "<" | "<=" | ">" | ">=" | "in" | "not in";

/** Arguments of a call, a filter or a test. */
export interface ArgumentNodes {
  readonly positional: readonly Expression[];
  readonly keywords: readonly { readonly name: string; readonly value: Expression }[];
  /** `*list` and `**dict`. */
  readonly spread?: Expression;
  readonly keywordSpread?: Expression;
}

/** Where a value is stored: names (one, or several to unpack), or an attribute of a namespace. */
export type Target =
  | { readonly kind: "name"; readonly name: string }
  | { readonly kind: "names"; readonly targets: readonly Target[] }
  | { readonly kind: "attribute"; readonly of: string; readonly name: string };

/** Macro, or the body of a `call` block. */
export interface MacroNode {
  readonly name: string;
  readonly parameters: readonly { readonly name: string; readonly fallback: Expression | undefined }[];
  readonly body: readonly Statement[];
}

/** Statement of a template. */
export type Statement = { readonly line: number } & (
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "output"; readonly value: Expression }
  | {
      readonly kind: "if";
      readonly branches: readonly { readonly test: Expression; readonly body: readonly Statement[] }[];
      readonly otherwise: readonly Statement[];
    }
  | {
      readonly kind: "for";
      readonly target: Target;
      readonly of: Expression;
      readonly test: Expression | undefined;
      readonly body: readonly Statement[];
      readonly otherwise: readonly Statement[];
    }
  | { readonly kind: "break" | "continue" }
  | { readonly kind: "set"; readonly target: Target; readonly value: Expression }
  | {
      readonly kind: "setBlock";
      readonly target: Target;
      readonly filter: Expression | undefined;
      readonly body: readonly Statement[];
    }
  | {
      readonly kind: "with";
      readonly values: readonly { readonly target: Target; readonly value: Expression }[];
      readonly body: readonly Statement[];
    }
  | { readonly kind: "macro"; readonly macro: MacroNode }
  | { readonly kind: "callBlock"; readonly call: Expression; readonly macro: MacroNode }
  | { readonly kind: "filterBlock"; readonly filter: Expression; readonly body: readonly Statement[] }
  | { readonly kind: "generation"; readonly body: readonly Statement[] }
);
