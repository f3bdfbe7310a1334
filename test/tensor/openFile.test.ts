import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { readWholeFile, withOpenFile } from "../../src/tensor/openFile.js";
import { temporaryFolder } from "../support/temporaryFolder.js";

describe("openFile: a file that is opened", () => {
  test("gives all its bytes", () => {
    const path = join(temporaryFolder(), "f");
    writeFileSync(path, Uint8Array.of(0, 255, 10));
    expect([...readWholeFile(path)]).toEqual([0, 255, 10]);
  });

  test.skipIf(process.platform === "win32")("is no pipe, which would block for ever", () => {
    const path = join(temporaryFolder(), "pipe");
    execFileSync("mkfifo", [path]);
    expect(() => readWholeFile(path)).toThrow(`${path}: expected a file, found a pipe`);
    expect(() => withOpenFile(path, () => 0)).toThrow("found a pipe");
  });

  test.skipIf(process.platform === "win32")("is no device, which may never end", () => {
    expect(() => readWholeFile("/dev/zero")).toThrow("/dev/zero: expected a file, found a device");
  });

  test("is no folder, and has to be there", () => {
    const folder = temporaryFolder();
    mkdirSync(join(folder, "inner"));
    expect(() => readWholeFile(join(folder, "inner"))).toThrow("expected a file, found a folder");
    expect(() => readWholeFile(join(folder, "gone"))).toThrow("no such file");
  });
});
