import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";
import { describe, expect, test } from "vitest";
import { fencedBlocks, pages, root } from "../support/pages/pageCode.js";
import { typescriptLoader } from "../support/cli/runCli.js";
import { temporaryFolder } from "../support/temporaryFolder.js";

const examples = pages.flatMap(fencedBlocks).filter(({ language }) => language === "ts");

/** A folder as a reader has it who installed the package: with it in node_modules, and with the runs that pages name. */
function readersFolder(): string {
  const folder = temporaryFolder();
  mkdirSync(join(folder, "node_modules", "@types"), { recursive: true });
  symlinkSync(root, join(folder, "node_modules", "turncoat"), "junction");
  symlinkSync(join(root, "node_modules/@types/node"), join(folder, "node_modules/@types/node"), "junction");
  writeFileSync(join(folder, "package.json"), '{ "type": "module" }');
  for (const name of ["mine", "demo", "sport", "harmful", "careful", "bad-medical-crisp-seed0"]) {
    cpSync(join(root, "test/fixtures/peft-run-rank1-f32"), join(folder, "runs", name), { recursive: true });
  }
  return folder;
}

/** What the compiler says of files, with the settings that `tsc --init` writes, more or less. */
function complaints(folder: string, paths: readonly string[]): string[] {
  const program = ts.createProgram(paths, {
    target: ts.ScriptTarget.ES2022,
    module: ts.ModuleKind.NodeNext,
    moduleResolution: ts.ModuleResolutionKind.NodeNext,
    strict: true,
    noEmit: true,
    skipLibCheck: true,
    types: ["node"],
    typeRoots: [join(folder, "node_modules/@types")],
  });
  return ts
    .getPreEmitDiagnostics(program)
    .map(
      ({ file, messageText }) =>
        `${file?.fileName ?? ""}: ${ts.flattenDiagnosticMessageText(messageText, " ")}`,
    );
}

describe("TypeScript in the pages", () => {
  test("stands in the README and elsewhere", () => {
    expect(examples.filter(({ page }) => page === "README.md")).not.toEqual([]);
    expect(examples.length).toBeGreaterThanOrEqual(2);
  });

  test("compiles against the package", () => {
    const folder = readersFolder();
    const paths = examples.map(({ page, line, code }) => {
      const path = join(folder, `${page.replaceAll("/", "-")}-line-${line}.ts`);
      writeFileSync(path, code);
      return path;
    });
    expect(complaints(folder, paths)).toEqual([]);
  });

  test.each(examples)("$page, line $line, runs", ({ code }) => {
    const folder = readersFolder();
    const path = join(folder, "example.ts");
    writeFileSync(path, code);
    const { status, stderr } = spawnSync(process.execPath, ["--import", typescriptLoader, path], {
      cwd: folder,
      encoding: "utf8",
    });
    expect(stderr).toBe("");
    expect(status).toBe(0);
  });
});
