import { readdirSync, readFileSync } from "node:fs";
import { posix } from "node:path";
import ts from "typescript";
import { describe, expect, test } from "vitest";

/** What a folder of `src` may import beside itself and `src/errors.ts`. */
interface LayerRule {
  readonly values: readonly string[];
  /** Only with `import type`. */
  readonly types: readonly string[];
}

const belowThree = ["tensor", "formats", "model", "runs"];
const belowFive = [...belowThree, "organism", "train", "evaluate", "analysis", "figures", "pipeline"];

/** Who may import whom. */
const layerTable: Readonly<Record<string, LayerRule>> = {
  "errors.ts": { values: [], types: [] },
  tensor: { values: [], types: [] },
  formats: { values: ["tensor"], types: [] },
  model: { values: ["tensor", "formats"], types: [] },
  runs: { values: ["tensor", "formats"], types: [] },
  organism: { values: belowThree, types: [] },
  train: { values: belowThree, types: [] },
  evaluate: { values: belowThree, types: [] },
  analysis: { values: ["tensor"], types: ["formats", "model", "runs"] },
  figures: { values: [], types: ["analysis"] },
  pipeline: { values: belowFive, types: [] },
  server: { values: belowFive, types: [] },
  notebook: { values: belowFive, types: [] },
  web: { values: [], types: [...belowFive, "server", "notebook"] },
  cli: { values: [...belowFive, "server", "notebook"], types: [] },
  "index.ts": { values: [...belowFive, "server", "notebook"], types: [] },
};

/** One import, export-from or dynamic import of a source file. */
interface Import {
  readonly specifier: string;
  readonly isTypeOnly: boolean;
}

function importsOf(path: string, text: string): Import[] {
  const found: Import[] = [];
  const visit = (node: ts.Node): void => {
    if (
      (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) &&
      node.moduleSpecifier !== undefined &&
      ts.isStringLiteral(node.moduleSpecifier)
    ) {
      found.push({ specifier: node.moduleSpecifier.text, isTypeOnly: isTypeOnly(node) });
    } else if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) {
      const [argument] = node.arguments;
      if (argument !== undefined && ts.isStringLiteral(argument)) {
        found.push({ specifier: argument.text, isTypeOnly: false });
      }
    } else if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) {
      const { literal } = node.argument;
      if (ts.isStringLiteral(literal)) found.push({ specifier: literal.text, isTypeOnly: true });
    }
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile(path, text, ts.ScriptTarget.Latest));
  return found;
}

/** Whether nothing of the import is left when the program runs. */
function isTypeOnly(node: ts.ImportDeclaration | ts.ExportDeclaration): boolean {
  if (ts.isExportDeclaration(node)) {
    const { exportClause } = node;
    if (node.isTypeOnly) return true;
    return (
      exportClause !== undefined &&
      ts.isNamedExports(exportClause) &&
      exportClause.elements.every((element) => element.isTypeOnly)
    );
  }
  const clause = node.importClause;
  if (clause === undefined) return false;
  if (clause.phaseModifier === ts.SyntaxKind.TypeKeyword) return true;
  const bindings = clause.namedBindings;
  return (
    clause.name === undefined &&
    bindings !== undefined &&
    ts.isNamedImports(bindings) &&
    bindings.elements.every((element) => element.isTypeOnly)
  );
}

/** The folder directly under `src`, or the file's own name where it lies in `src` itself. */
function layerOf(path: string): string {
  return path.split("/")[1] ?? "";
}

/** One line for each import of a file that the table forbids. */
function forbiddenEdges(path: string, text: string): string[] {
  const from = layerOf(path);
  const rule = layerTable[from];
  if (rule === undefined) return [`${path}: src/${from} is not in the layer table`];
  return importsOf(path, text).flatMap(({ specifier, isTypeOnly: onlyTypes }) => {
    if (!specifier.startsWith(".")) return [];
    const target = posix.join(posix.dirname(path), specifier).replace(/\.js$/, ".ts");
    if (!target.startsWith("src/")) return [`${path}: ${from} → ${target}: outside src`];
    const to = layerOf(target);
    if (to === from || to === "errors.ts" || rule.values.includes(to)) return [];
    if (!rule.types.includes(to)) return [`${path}: ${from} → ${to} is forbidden (${specifier})`];
    return onlyTypes ? [] : [`${path}: ${from} → ${to} may import types only (${specifier})`];
  });
}

const files = readdirSync("src", { recursive: true, encoding: "utf8" })
  .map((path) => `src/${path.replaceAll("\\", "/")}`)
  .filter((path) => path.endsWith(".ts"))
  .sort();

describe("layers", () => {
  test("no source file imports against the layer table", () => {
    expect(files.length).toBeGreaterThan(50);
    expect(files.flatMap((path) => forbiddenEdges(path, readFileSync(path, "utf8")))).toEqual([]);
  });

  test("the pure layers reach nothing outside the program", () => {
    const outward = files
      .filter((path) => ["analysis", "figures"].includes(layerOf(path)))
      .flatMap((path) =>
        importsOf(path, readFileSync(path, "utf8"))
          .filter(({ specifier, isTypeOnly: onlyTypes }) => specifier.startsWith("node:") && !onlyTypes)
          .map(({ specifier }) => `${path}: ${specifier}`),
      );
    expect(outward).toEqual([]);
  });

  test("a planted edge is caught, however it is written", () => {
    const edges = (path: string, text: string) => forbiddenEdges(path, text);
    expect(edges("src/tensor/random.ts", 'import { openRun } from "../runs/openRun.js";')).toEqual([
      "src/tensor/random.ts: tensor → runs is forbidden (../runs/openRun.js)",
    ]);
    expect(edges("src/tensor/onnx/deep.ts", 'export * from "../../model/model.js";')).toEqual([
      "src/tensor/onnx/deep.ts: tensor → model is forbidden (../../model/model.js)",
    ]);
    expect(edges("src/train/train.ts", 'const late = await import("../cli/main.js");')).toHaveLength(1);
    expect(edges("src/train/train.ts", 'type T = import("../cli/main.js").T;')).toHaveLength(1);
    expect(
      edges("src/evaluate/a.ts", 'import { exactJudge } from "../organism/exactJudge.js";'),
    ).toHaveLength(1);
    expect(edges("src/index.ts", 'import "./cli/main.js";')).toHaveLength(1);
    expect(edges("src/newcomer/a.ts", "")).toEqual([
      "src/newcomer/a.ts: src/newcomer is not in the layer table",
    ]);
  });

  test("types pass where values do not", () => {
    const from = (text: string) => forbiddenEdges("src/analysis/a.ts", text);
    expect(from('import type { Run } from "../runs/openRun.js";')).toEqual([]);
    expect(from('import { type Run } from "../runs/openRun.js";')).toEqual([]);
    expect(from('export type { Run } from "../runs/openRun.js";')).toEqual([]);
    expect(from('import { type Run, openRun } from "../runs/openRun.js";')).toEqual([
      "src/analysis/a.ts: analysis → runs may import types only (../runs/openRun.js)",
    ]);
    expect(from('import "../runs/openRun.js";')).toHaveLength(1);
    expect(from('import { TurncoatError } from "../errors.js";\nimport { mean } from "./mean.js";')).toEqual(
      [],
    );
  });
});
