import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { writeScaledAdapter } from "../../../src/evaluate/sampling/scaledAdapter.js";
import { readAdapter } from "../../../src/formats/peft.js";
import { temporaryFolder } from "../../support/temporaryFolder.js";

const adapters = join("test", "fixtures", "tiny-qwen2");

describe("a scaled adapter", () => {
  test.each(["adapter-rank1", "adapter-rank3"])("%s: α times the factor, the same weights", (name) => {
    const source = join(adapters, name);
    const target = join(temporaryFolder(), "scaled");
    writeScaledAdapter(source, 5, target);
    const [before, after] = [readAdapter(source), readAdapter(target)];
    expect(after.modules).toEqual(
      before.modules.map((module) => ({ ...module, scaling: 5 * module.scaling })),
    );
    const weights = "adapter_model.safetensors";
    expect(readFileSync(join(target, weights)).equals(readFileSync(join(source, weights)))).toBe(true);
    writeScaledAdapter(source, 2, target);
    expect(readAdapter(target).config.alpha).toBe(2 * before.config.alpha);
    expect(existsSync(join(source, weights))).toBe(true);
  });
});
