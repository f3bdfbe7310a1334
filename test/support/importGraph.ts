import { readdirSync, readFileSync } from "node:fs";
import { posix } from "node:path";
import ts from "typescript";

/** One import, export-from or dynamic import of a source file. */
export interface Import {
  readonly specifier: string;
  /** Whether nothing of it is left when the program runs. */
  readonly isTypeOnly: boolean;
}

/** The imports that a file's text makes, however they are written. */
export function importsOf(path: string, text: string): Import[] {
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

/** The file that a relative specifier means, as a path from the repository's root. */
export function importedPath(path: string, specifier: string): string {
  return posix.join(posix.dirname(path), specifier).replace(/\.js$/, ".ts");
}

/** TypeScript files below a folder, as sorted paths from the repository's root. */
export function sourceFiles(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .map((path) => `${folder}/${path.replaceAll("\\", "/")}`)
    .filter((path) => path.endsWith(".ts"))
    .sort();
}

/** Who imports whom: for each file the files among the given ones that it imports, types included. */
export type ImportGraph = ReadonlyMap<string, readonly string[]>;

/** Builds the graph of some files; `textOf` gives their texts. */
export function importGraph(
  files: readonly string[],
  textOf: (path: string) => string = (path) => readFileSync(path, "utf8"),
): ImportGraph {
  const known = new Set(files);
  return new Map(
    files.map((path) => [
      path,
      importsOf(path, textOf(path))
        .filter(({ specifier }) => specifier.startsWith("."))
        .map(({ specifier }) => importedPath(path, specifier))
        .filter((target) => known.has(target)),
    ]),
  );
}

/** The rooms of a folder as a graph: its files and folders, each with those that something in it imports. */
export function roomsOf(folder: string, graph: ImportGraph): ImportGraph {
  const room = (path: string): string | undefined =>
    folder === ""
      ? path.split("/")[0]
      : path.startsWith(`${folder}/`)
        ? path.slice(folder.length + 1).split("/")[0]
        : undefined;
  const rooms = new Map<string, Set<string>>();
  for (const [path, targets] of graph) {
    const from = room(path);
    if (from === undefined) continue;
    const known = rooms.get(from) ?? new Set();
    for (const target of targets) {
      const to = room(target);
      if (to !== undefined && to !== from) known.add(to);
    }
    rooms.set(from, known);
  }
  return new Map([...rooms].map(([from, targets]) => [from, [...targets].sort()]));
}

/** Circles of a graph: each group of nodes of which every one leads to every other (Tarjan's algorithm). */
export function circlesOf(graph: ImportGraph): string[][] {
  const index = new Map<string, number>();
  const lowest = new Map<string, number>();
  const stack: string[] = [];
  const circles: string[][] = [];
  const visit = (node: string): void => {
    index.set(node, index.size);
    let low = index.size - 1;
    stack.push(node);
    for (const next of graph.get(node) ?? []) {
      if (!index.has(next)) visit(next);
      if (stack.includes(next)) low = Math.min(low, lowest.get(next) ?? index.get(next) ?? low);
    }
    lowest.set(node, low);
    if (low !== index.get(node)) return;
    const circle = stack.splice(stack.indexOf(node));
    if (circle.length > 1) circles.push(circle.sort());
  };
  for (const node of graph.keys()) if (!index.has(node)) visit(node);
  return circles;
}

/** Every folder that holds one of some files, at any depth, the root as an empty name. */
export function foldersOf(files: readonly string[]): string[] {
  const folders = new Set([""]);
  for (const path of files) {
    const parts = path.split("/");
    for (let depth = 1; depth < parts.length; depth++) folders.add(parts.slice(0, depth).join("/"));
  }
  return [...folders].sort();
}
