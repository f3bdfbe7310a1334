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

  test("needs a column", async () => {
    await expect(toDataFrame({})).rejects.toThrow("expected at least one column");
  });

  test("loads danfojs at the first call, not before, and prints nothing of its own", () => {
    const output = run(`
      import { createRequire } from "node:module";
      const { toDataFrame } = await import(${JSON.stringify(tableModule)});
      const isLoaded = () => Object.keys(createRequire(${JSON.stringify(tableModule)}).cache).some((path) => path.includes("danfojs-node"));
      const before = isLoaded();
      await toDataFrame({ step: [0] });
      console.log(before, isLoaded());
    `);
    expect(output).toBe("false true\n");
  });

  test("says in one line that danfojs is not installed, and how to get it", () => {
    const withoutDanfo = `export const resolve = (specifier, context, next) => {
      if (specifier !== "danfojs-node") return next(specifier, context);
      throw Object.assign(new Error("Cannot find package"), { code: "ERR_MODULE_NOT_FOUND" });
    };`;
    const hooks = `data:text/javascript,${encodeURIComponent(withoutDanfo)}`;
    const register = `data:text/javascript,${encodeURIComponent(`import { register } from "node:module"; register(${JSON.stringify(hooks)});`)}`;
    const output = run(
      `const { toDataFrame } = await import(${JSON.stringify(tableModule)});
       await toDataFrame({ step: [0] }).catch(({ name, message, hint }) => console.log(name, message, hint));`,
      register,
    );
    expect(output).toBe(
      'TurncoatError toDataFrame: danfojs-node is not installed install it with "npm install" without --omit=optional\n',
    );
  });
});

test("tableColumns turns a figure's rows into columns, gaps into NaN", () => {
  expect(tableColumns(exampleFigure().meta.table)).toEqual({ step: [0, 1, 2], value: [0, NaN, 2 / 3] });
});
