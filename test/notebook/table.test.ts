import { spawnSync } from "node:child_process";
import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { describe, expect, test } from "vitest";
import { tableColumns, toDataFrame } from "../../src/notebook/table.js";
import { exampleFigure } from "../support/exampleFigure.js";

const tableModule = pathToFileURL(join(import.meta.dirname, "../../src/notebook/table.ts")).href;
const tsx = pathToFileURL(createRequire(import.meta.url).resolve("tsx")).href;

/** Runs a program that imports the module under test in a process of its own, and gives what it prints. */
function run(program: string, ...importsBefore: string[]): string {
  const imports = [tsx, ...importsBefore].flatMap((specifier) => ["--import", specifier]);
  const { stdout, stderr } = spawnSync(
    process.execPath,
    [...imports, "--input-type=module", "--eval", program],
    { encoding: "utf8" },
  );
  return stdout + stderr;
}

function dataUrl(program: string): string {
  return `data:text/javascript,${encodeURIComponent(program)}`;
}

describe("toDataFrame", () => {
  test("keeps columns in their order, of typed arrays and lists, with gaps as NaN", async () => {
    const frame = await toDataFrame({
      step: new Float32Array([0, 1, 2]),
      value: [0.5, null, NaN],
      name: ["a", "b", "c"],
    });
    expect(frame.columns).toEqual(["step", "value", "name"]);
    expect(frame.values).toEqual([
      [0, 0.5, "a"],
      [1, NaN, "b"],
      [2, NaN, "c"],
    ]);
  });

  test("names the column that differs in length", async () => {
    await expect(toDataFrame({ step: [0, 1], loss: [1] })).rejects.toThrow(
      'toDataFrame: column "loss": expected 2 values as in "step", found 1',
    );
  });

  test("makes a frame without rows of columns that hold nothing", async () => {
    const frame = await toDataFrame({ step: [], loss: [] });
    expect(frame.columns).toEqual(["step", "loss"]);
    expect(frame.shape).toEqual([0, 2]);
  });

  test("needs a column", async () => {
    await expect(toDataFrame({})).rejects.toThrow("expected at least one column");
  });

  test("loads danfojs at the first call, not before, and prints nothing of its own", () => {
    const hooks = `import { writeSync } from "node:fs";
      export const resolve = (specifier, context, next) => {
        if (specifier === "turncoat/danfojs") writeSync(1, "asked for danfojs\\n");
        return next(specifier, context);
      };`;
    const output = run(
      `const { toDataFrame } = await import(${JSON.stringify(tableModule)});
       console.log("before");
       await toDataFrame({ step: [0] });`,
      dataUrl(`import { register } from "node:module"; register(${JSON.stringify(dataUrl(hooks))});`),
    );
    expect(output).toBe("before\nasked for danfojs\n");
  });
});

test("tableColumns turns a figure's rows into columns, gaps into NaN", () => {
  expect(tableColumns(exampleFigure().meta.table)).toEqual({ step: [0, 1, 2], value: [0, NaN, 2 / 3] });
});
