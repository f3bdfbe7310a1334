import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Command } from "commander";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { turncoatProgram } from "../../src/cli/program.js";
import { commandLine, didYouMean, knownNames } from "../../src/hints.js";
import { didYouMeanPath } from "../../src/tensor/nearestPath.js";
import { callCli } from "../support/cli/callCli.js";

let folder = "";

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "turncoat-meant-"));
  for (const step of [0, 40, 150]) {
    const checkpoint = join(folder, "medical", `checkpoint-${step}`);
    mkdirSync(checkpoint, { recursive: true });
    writeFileSync(join(checkpoint, "adapter_model.safetensors"), "");
  }
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("what was probably meant", () => {
  test("is the nearest known name, or the list of them", () => {
    expect(didYouMean("finnance", ["medical", "finance"])).toBe("Did you mean finance?");
    expect(didYouMean("weather", ["medical", "finance"])).toBeUndefined();
    expect(knownNames("weather", ["medical", "finance"], "none")).toBe("There are: medical, finance.");
    expect(knownNames("weather", [], "There are none.")).toBe("There are none.");
  });

  test("is a run beside a mistyped one, and the checkpoint of the nearest step", () => {
    expect(didYouMeanPath(join(folder, "medcal"))).toBe(`Did you mean ${join(folder, "medical")}?`);
    expect(didYouMeanPath(join(folder, "medical", "checkpoint-151"))).toBe(
      `Did you mean ${join(folder, "medical", "checkpoint-150")}?`,
    );
    expect(didYouMeanPath(join(folder, "medcal", "checkpoint-40"))).toBe(
      `Did you mean ${join(folder, "medical", "checkpoint-40")}?`,
    );
    expect(didYouMeanPath(join(folder, "something-else"))).toBeUndefined();
  });

  test.each([
    [["analyse"], 2, "Did you mean analyze?"],
    [["data", "inspct"], 2, "Did you mean inspect?"],
    [["demo", "--recipe", "crips"], 2, "Did you mean crisp?"],
    [["data", "inspect", "bad-medcal"], 1, "Did you mean bad-medical?"],
    [["recipes", "rank1-dynamic"], 1, "Did you mean rank1-dynamics?"],
  ])("%j", async (words, expected, hint) => {
    const { code, stderr } = await callCli(words);
    expect(code).toBe(expected);
    expect(stderr).toContain(hint);
  });

  test("of a run and of a checkpoint", async () => {
    const run = await callCli(["runs", "show", join(folder, "medcal")]);
    expect(run.code).toBe(1);
    expect(run.stderr).toContain(`Did you mean ${join(folder, "medical")}?`);
    const checkpoint = await callCli([
      "logits",
      "--adapter",
      join(folder, "medical", "checkpoint-41"),
      "--tokens",
      "1",
    ]);
    expect(checkpoint.code).toBe(1);
    expect(checkpoint.stderr).toContain(`Did you mean ${join(folder, "medical", "checkpoint-40")}?`);
  });
});

describe("commands in hints", () => {
  test("can be pasted, with names of files quoted where a shell would part them", () => {
    expect(commandLine("evaluate", "runs/my run")).toBe("npx turncoat evaluate 'runs/my run'");
    expect(commandLine("evaluate", "it's")).toBe(String.raw`npx turncoat evaluate 'it'\''s'`);
    expect(commandLine("judge", "runs/demo", "--judge-model", "<name>")).toBe(
      "npx turncoat judge runs/demo --judge-model <name>",
    );
  });
});

test("every command that prints results has --json", () => {
  const leaves = (command: Command): Command[] =>
    command.commands.length === 0 ? [command] : command.commands.flatMap(leaves);
  const without = leaves(turncoatProgram())
    .filter((command) => command.options.every(({ long }) => long !== "--json"))
    .map((command) => command.name());
  // What completion prints is for a shell, and a worker works until it is told to end.
  expect(without.filter((name) => !["completion", "worker"].includes(name))).toEqual([]);
});
