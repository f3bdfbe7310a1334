import { join, relative } from "node:path";
import ts from "typescript";

/** The pages of the reference by their names, and the exports that have no docstring. */
export interface ApiPages {
  readonly pages: ReadonlyMap<string, string>;
  readonly undocumented: readonly string[];
}

/** One export: its kind, signature and docstring. */
interface ApiEntry {
  readonly name: string;
  readonly kind: "function" | "class" | "type" | "value";
  readonly signature: string;
  /** Paragraphs of its docstring; the first begins with the sentence that stands for it. */
  readonly paragraphs: readonly string[];
  readonly parameters: readonly string[];
  readonly throws: readonly string[];
  readonly returns: string;
  readonly source: string;
}

/** A part of a subject: its sentence, and its exports. */
interface ApiPart {
  readonly sentence: string;
  readonly entries: readonly ApiEntry[];
}

/** Reads the exports of every subject from the sources with the compiler, and makes a page of each. */
export function apiPages(root: string): ApiPages {
  const index = join(root, "src/index.ts");
  const program = ts.createProgram([index], optionsOf(root));
  const checker = program.getTypeChecker();
  const undocumented: string[] = [];
  const pages = new Map<string, string>();
  const list: string[] = [];
  for (const { subject, sentence } of subjectsOf(program, index)) {
    const file = program.getSourceFile(join(root, `src/entry/${subject}.ts`));
    if (file === undefined) throw new Error(`no src/entry/${subject}.ts`);
    const parts = partsOf(file, checker, root);
    const names = parts.flatMap(({ entries }) => entries);
    undocumented.push(
      ...names.filter(({ paragraphs }) => paragraphs.length === 0).map(({ name }) => `${subject}: ${name}`),
    );
    pages.set(`${subject}.md`, pageOf(subject, sentence, parts));
    list.push(`| [${subject}](${subject}.md) | ${sentence} | ${names.length} |`);
  }
  pages.set("README.md", indexPage(list));
  return { pages, undocumented };
}

function optionsOf(root: string): ts.CompilerOptions {
  const path = join(root, "tsconfig.json");
  const config: unknown = ts.readConfigFile(path, (file) => ts.sys.readFile(file)).config;
  return { ...ts.parseJsonConfigFileContent(config, ts.sys, root).options, noEmit: true };
}

/** The subjects of the entry in their order, each with the sentence before it. */
function subjectsOf(
  program: ts.Program,
  index: string,
): { readonly subject: string; readonly sentence: string }[] {
  const text = program.getSourceFile(index)?.text ?? "";
  return [...text.matchAll(/\/\* ([^*]+) \*\/\nexport \* from "\.\/entry\/(\w+)\.js";/g)].map(
    ([, sentence = "", subject = ""]) => ({ subject, sentence }),
  );
}

function partsOf(file: ts.SourceFile, checker: ts.TypeChecker, root: string): ApiPart[] {
  const parts: { sentence: string; entries: ApiEntry[] }[] = [];
  for (const statement of file.statements) {
    const comments = ts.getLeadingCommentRanges(file.text, statement.getFullStart()) ?? [];
    const comment = comments
      .map(({ pos, end }) => file.text.slice(pos, end))
      .find((each) => each.startsWith("/* "));
    if (comment !== undefined || parts.length === 0) {
      parts.push({
        sentence: (comment ?? "").replace(/^\/\* | \*\/$/g, "").replaceAll(/\s+/g, " "),
        entries: [],
      });
    }
    if (!ts.isExportDeclaration(statement) || statement.exportClause === undefined) continue;
    if (!ts.isNamedExports(statement.exportClause)) continue;
    for (const { name } of statement.exportClause.elements) {
      const symbol = checker.getSymbolAtLocation(name);
      if (symbol !== undefined) parts.at(-1)?.entries.push(entryOf(name.text, symbol, checker, root));
    }
  }
  return parts;
}

function entryOf(name: string, exported: ts.Symbol, checker: ts.TypeChecker, root: string): ApiEntry {
  const symbol = exported.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(exported) : exported;
  const [declaration] = symbol.declarations ?? [];
  if (declaration === undefined) throw new Error(`${name}: no declaration`);
  const tags = symbol.getJsDocTags(checker);
  const textOf = (tag: ts.JSDocTagInfo): string => oneLine(ts.displayPartsToString(tag.text));
  const tagged = (wanted: string): string[] => tags.filter((tag) => tag.name === wanted).map(textOf);
  const documentation = ts.displayPartsToString(symbol.getDocumentationComment(checker));
  return {
    name,
    kind: kindOf(declaration),
    signature: signatureOf(declaration),
    paragraphs: documentation
      .split(/\n\s*\n/)
      .map(oneLine)
      .filter((each) => each !== ""),
    parameters: tagged("param"),
    throws: tagged("throws"),
    returns: tagged("returns").join(" "),
    source: relative(root, declaration.getSourceFile().fileName).replaceAll("\\", "/"),
  };
}

function kindOf(declaration: ts.Declaration): ApiEntry["kind"] {
  if (ts.isFunctionDeclaration(declaration)) return "function";
  if (ts.isClassDeclaration(declaration)) return "class";
  return ts.isInterfaceDeclaration(declaration) || ts.isTypeAliasDeclaration(declaration) ? "type" : "value";
}

/** The declaration as it is written, without its body. */
function signatureOf(declaration: ts.Declaration): string {
  const file = declaration.getSourceFile();
  const text = (node: ts.Node): string => node.getText(file);
  if (ts.isFunctionDeclaration(declaration)) {
    const end = declaration.body?.getStart(file) ?? declaration.end;
    return withoutModifiers(file.text.slice(declaration.getStart(file), end));
  }
  if (ts.isClassDeclaration(declaration)) return classSignature(declaration, file);
  if (ts.isVariableDeclaration(declaration)) {
    const type = declaration.type === undefined ? "" : `: ${text(declaration.type)}`;
    const initial = declaration.initializer === undefined ? "" : text(declaration.initializer);
    const value = type === "" && initial !== "" && initial.length < 120 ? ` = ${initial}` : "";
    return `const ${text(declaration.name)}${type}${value}`;
  }
  return withoutModifiers(text(declaration));
}

function classSignature(declaration: ts.ClassDeclaration, file: ts.SourceFile): string {
  const isPublic = (member: ts.ClassElement): boolean =>
    !(ts.getCombinedModifierFlags(member) & (ts.ModifierFlags.Private | ts.ModifierFlags.Protected)) &&
    (member.name === undefined || !ts.isPrivateIdentifier(member.name));
  const members = declaration.members.filter(isPublic).map((member) => {
    const signature = file.text.slice(member.getStart(file), signatureEnd(member, file));
    return `  ${signature.trim().replace(/;$/, "").replaceAll("\n", "\n  ")};`;
  });
  return [`class ${declaration.name?.getText(file) ?? ""} {`, ...members, "}"].join("\n");
}

/** Where the signature of a member ends: before its body, where it has one. */
function signatureEnd(member: ts.ClassElement, file: ts.SourceFile): number {
  if (ts.isMethodDeclaration(member) || ts.isConstructorDeclaration(member) || ts.isAccessor(member)) {
    return member.body?.getStart(file) ?? member.end;
  }
  return member.end;
}

function withoutModifiers(text: string): string {
  return text
    .replace(/^export (default )?(declare )?/, "")
    .replace(/^async /, "")
    .trim();
}

function oneLine(text: string): string {
  return text.replaceAll(/\s+/g, " ").trim();
}

function pageOf(subject: string, sentence: string, parts: readonly ApiPart[]): string {
  const title = `${subject.charAt(0).toUpperCase()}${subject.slice(1)}`;
  return [
    `# ${title}`,
    `${sentence} Made by \`npm run api\` from the docstrings; everything is imported from \`turncoat\`.`,
    ...parts.flatMap(({ sentence: part, entries }) => [`## ${part}`, ...entries.map(entryText)]),
    "",
  ]
    .join("\n\n")
    .replace(/\n+$/, "\n");
}

function entryText({
  name,
  kind,
  signature,
  paragraphs,
  parameters,
  throws,
  returns,
  source,
}: ApiEntry): string {
  return [
    `### ${name}`,
    ...paragraphs,
    `\`\`\`ts\n${signature}\n\`\`\``,
    [
      ...parameters.map((each) => `- ${escapedMarks(each)}`),
      ...(returns === "" ? [] : [`- returns ${returns}`]),
      ...throws.map((each) => `- throws ${each}`),
      `- ${kind}, in \`${source}\``,
    ].join("\n"),
  ].join("\n\n");
}

/** A parameter's text as the compiler prints it: its name, then what it is. */
function escapedMarks(text: string): string {
  return text.replace(/^([\w.]+)/, "`$1`");
}

function indexPage(list: readonly string[]): string {
  return [
    "# Reference of the public entry",
    'Everything that `import … from "turncoat"` offers, a page a subject, made by `npm run api` from the docstrings. What takes a run takes the path of its directory, or the run that `openRun` gave.',
    ["| subject | what it does | exports |", "| --- | --- | --- |", ...list].join("\n"),
    "",
  ]
    .join("\n\n")
    .replace(/\n+$/, "\n");
}
