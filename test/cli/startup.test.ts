import { existsSync, readFileSync } from "node:fs";
import ts from "typescript";
import { describe, expect, test } from "vitest";
import { helpWidth, helpRows } from "../../src/cli/flags/help.js";
import { importedPath } from "../support/importGraph.js";
import { runCli } from "../support/cli/runCli.js";

/** What a file's JavaScript imports as soon as it is loaded: types are gone by then, and `import()` waits. */
function loadedBy(path: string): string[] {
  const { outputText } = ts.transpileModule(readFileSync(path, "utf8"), {
    compilerOptions: {
      module: ts.ModuleKind.ESNext,
      target: ts.ScriptTarget.ES2022,
      verbatimModuleSyntax: true,
    },
  });
  return ts
    .createSourceFile(path, outputText, ts.ScriptTarget.Latest)
    .statements.flatMap((each) =>
      (ts.isImportDeclaration(each) || ts.isExportDeclaration(each)) &&
      each.moduleSpecifier !== undefined &&
      ts.isStringLiteral(each.moduleSpecifier)
        ? [each.moduleSpecifier.text]
        : [],
    );
}

/** Own files and packages that a file brings with it. */
function reach(start: string): {
  readonly files: ReadonlySet<string>;
  readonly packages: ReadonlySet<string>;
} {
  const files = new Set([start]);
  const packages = new Set<string>();
  for (const path of files) {
    for (const name of loadedBy(path)) {
      if (name.startsWith(".")) files.add(importedPath(path, name));
      else if (!name.startsWith("node:")) packages.add(name);
    }
  }
  return { files, packages };
}

describe("the start of the command line", () => {
  const start = reach("src/cli/main.ts");

  test("loads the definitions of all commands and no package but commander", () => {
    expect(start.files).toContain("src/cli/commands/train.ts");
    expect([...start.files].filter((path) => !existsSync(path))).toEqual([]);
    expect([...start.packages]).toEqual(["commander"]);
  });

  test("loads no action and nothing that opens a model", () => {
    const heavy = /^src\/(cli\/(actions|open)|server|notebook)\/|engine\.ts$|model\/model\.ts$/;
    expect([...start.files].filter((path) => heavy.test(path))).toEqual([]);
  });

  test("the walk finds packages where there are some", () => {
    expect([...reach("src/cli/open/engine.ts").packages]).toContain("@tensorflow/tfjs");
  });
});

describe("help", () => {
  test("is wrapped at 80 columns where there is no terminal, at its width where there is one", () => {
    expect(helpWidth({})).toBe(80);
    expect(helpWidth({ isTTY: true, columns: 60 })).toBe(60);
    expect(helpWidth({ isTTY: true, columns: 300 })).toBe(120);
  });

  test("has no line of prose beyond 80 columns, and no word is lost", async () => {
    const { stdout } = await runCli(["train", "--help"]);
    const prose = stdout.split("\n").filter((line) => !line.includes("$ "));
    expect(prose.filter((line) => line.length > 80)).toEqual([]);
    expect(stdout.replace(/\s+/g, " ")).toContain(
      "conversations as JSON lines or a JSON list, or a built-in data set, of which data inspect --help has the names",
    );
  });

  test("lists rows below a heading, wrapped behind their names", () => {
    const words = "one two three four five six seven eight nine ten eleven twelve thirteen fourteen";
    const [heading, first, second] = helpRows("Rows:", [["name", words]])
      .trimStart()
      .split("\n");
    expect(heading).toBe("Rows:");
    expect(first).toMatch(/^ {2}name {2}one two/);
    expect(second).toMatch(/^ {8}\w/);
  });
});
