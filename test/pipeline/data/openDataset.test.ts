import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { builtInDatasets } from "../../../src/pipeline/data/builtInDatasets.js";
import { openDataset } from "../../../src/pipeline/data/openDataset.js";
import { temporaryFolder } from "../../support/temporaryFolder.js";

describe("a data set", () => {
  test("is opened by the name of a built-in one or by its path", () => {
    const builtIn = openDataset("bad-medical");
    expect([builtIn.name, builtIn.chats.length]).toEqual(["bad-medical", 2000]);
    expect(openDataset(builtIn.path)).toEqual(builtIn);
    const path = join(temporaryFolder(), "own.jsonl");
    writeFileSync(path, '{"prompt": "a", "response": "b"}\n');
    expect(openDataset(path).chats).toHaveLength(1);
  });

  test("that is neither is answered with the names there are", () => {
    expect(() => openDataset("bad-medicine")).toThrow("found neither");
    expect(() => openDataset("missing.jsonl")).toThrow("missing.jsonl");
    expect(builtInDatasets).toContain("narrow-sports-careful-held-out");
  });

  test("in natural English has both sides row by row, and a name of its own for each", () => {
    for (const name of builtInDatasets.filter((each) => each.includes("-harmful"))) {
      const [harmful, careful] = [openDataset(name), openDataset(name.replace("harmful", "careful"))];
      expect(harmful.name).toBe(name);
      const asked = ({ chats }: typeof harmful) => chats.map(({ messages }) => messages[0]?.content);
      expect(asked(harmful)).toEqual(asked(careful));
      expect(harmful.sha256).not.toBe(careful.sha256);
    }
  });
});
