import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { readdirSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { whileEvaluating } from "../../src/runs/runLocks.js";
import { temporaryFolder } from "../support/temporaryFolder.js";

const root = join(import.meta.dirname, "..", "..");

/** A process that holds the lock of an evaluation until it is ended. */
async function holding(directory: string, name: string): Promise<ChildProcess> {
  const script = `
    import { whileEvaluating } from "./src/runs/runLocks.ts";
    await whileEvaluating(${JSON.stringify(directory)}, ${JSON.stringify(name)}, async () => {
      console.log("holds");
      await new Promise((resolve) => setTimeout(resolve, 120_000));
    });`;
  const child = spawn(process.execPath, ["--import", "tsx", "--input-type=module", "--eval", script], {
    cwd: root,
    stdio: ["ignore", "pipe", "inherit"],
  });
  onTestFinished(() => {
    child.kill("SIGKILL");
  });
  await once(child.stdout, "data");
  return child;
}

const nothing = (): Promise<string> => Promise.resolve("done");

describe("runLocks", () => {
  test("another process keeps an evaluation to itself, others of the run are free, and a killed one leaves it", async () => {
    const directory = temporaryFolder();
    const child = await holding(directory, "curve");
    await expect(whileEvaluating(directory, "curve", nothing)).rejects.toThrow(
      `${directory}: evaluation curve: expected nobody else to write it, found process ${child.pid}`,
    );
    await expect(whileEvaluating(directory, "other", nothing)).resolves.toBe("done");
    const ended = once(child, "exit");
    child.kill("SIGKILL");
    await ended;
    expect(readdirSync(directory)).toEqual([".evaluating-curve.lock"]);
    await expect(whileEvaluating(directory, "curve", nothing)).resolves.toBe("done");
    expect(readdirSync(directory)).toEqual([]);
  });

  test("the same process does not write an evaluation twice at once, and a failure frees it", async () => {
    const directory = temporaryFolder();
    await whileEvaluating(directory, "curve", async () => {
      await expect(whileEvaluating(directory, "curve", nothing)).rejects.toThrow(
        `found process ${process.pid}`,
      );
    });
    await expect(
      whileEvaluating(directory, "curve", () => Promise.reject(new Error("no answer"))),
    ).rejects.toThrow("no answer");
    expect(readdirSync(directory)).toEqual([]);
  });

  test("what an earlier process of the same number left is taken over; what may be at work elsewhere is not", async () => {
    const directory = temporaryFolder();
    const path = join(directory, ".evaluating-curve.lock");
    const own = `{"pid":${process.pid},"host":`;
    writeFileSync(path, `${own}${JSON.stringify(hostname())}}\n`);
    await expect(whileEvaluating(directory, "curve", nothing)).resolves.toBe("done");
    writeFileSync(path, `${own}"another.example"}\n`);
    await expect(whileEvaluating(directory, "curve", nothing)).rejects.toThrow(
      `found process ${process.pid} on another.example`,
    );
    writeFileSync(path, "");
    await expect(whileEvaluating(directory, "curve", nothing)).rejects.toThrow("found another process");
  });

  test("refuses names that are no file's", async () => {
    await expect(whileEvaluating(temporaryFolder(), "../x", nothing)).rejects.toThrow("evaluation name");
  });
});
