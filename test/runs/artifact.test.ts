import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { readJsonArtifact, writeJsonArtifact } from "../../src/runs/artifact.js";
import { temporaryFolder } from "../support/temporaryFolder.js";

describe("artifact", () => {
  test("a result is read back; what is not a finite number is null, typed arrays are lists", () => {
    const directory = temporaryFolder();
    const value = {
      values: [1, NaN, -Infinity],
      scores: Float32Array.of(0.5, NaN),
      steps: Int32Array.of(1, 2),
    };
    writeJsonArtifact(directory, "analysis/pca.json", value);
    expect(readJsonArtifact(directory, "analysis/pca.json")).toEqual({
      values: [1, null, null],
      scores: [0.5, null],
      steps: [1, 2],
    });
    expect(readdirSync(join(directory, "analysis"))).toEqual(["pca.json"]);
  });

  test("writing again replaces the result, and the same result gives the same bytes", () => {
    const directory = temporaryFolder();
    writeJsonArtifact(directory, "a.json", { long: "x".repeat(1000) });
    writeJsonArtifact(directory, "a.json", { b: 1 });
    const first = readFileSync(join(directory, "a.json"), "utf8");
    writeJsonArtifact(directory, "a.json", { b: 1 });
    expect(readFileSync(join(directory, "a.json"), "utf8")).toBe(first);
  });

  test("with a schema the content is checked", () => {
    const directory = temporaryFolder();
    const schema = z.object({ step: z.number() });
    writeJsonArtifact(directory, "a.json", { step: NaN });
    expect(() => readJsonArtifact(directory, "a.json", schema)).toThrow(
      "a.json: field step: expected number, found null",
    );
    writeJsonArtifact(directory, "a.json", { step: 3 });
    expect(readJsonArtifact(directory, "a.json", schema).step).toBe(3);
  });

  test("a path outside the run directory is refused, a missing file is named", () => {
    const directory = join(temporaryFolder(), "run");
    for (const path of ["../outside.json", "a/../../outside.json", "/outside.json", ".."]) {
      expect(() => writeJsonArtifact(directory, path, 1)).toThrow("expected a path inside the run directory");
    }
    expect(existsSync(join(directory, "../outside.json"))).toBe(false);
    expect(() => readJsonArtifact(directory, "a.json")).toThrow(`${join(directory, "a.json")}: no such file`);
  });
});
