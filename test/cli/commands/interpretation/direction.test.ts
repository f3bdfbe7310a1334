import { cpSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { readSafetensors } from "../../../../src/formats/safetensors.js";
import { writeOrganismRun } from "../../../support/organismRun.js";
import { callCli } from "../../../support/cli/callCli.js";
import { type CliResult } from "../../../support/cli/runCli.js";

const parent = mkdtempSync(join(tmpdir(), "turncoat-direction-cli-"));
const [directory, other] = [join(parent, "run"), join(parent, "other")];

async function turncoat(...words: string[]): Promise<CliResult> {
  const result = await callCli(words);
  return { ...result, stderr: result.stderr.replace(/^npm .*\n/gm, "") };
}

beforeAll(async () => {
  await writeOrganismRun(directory);
  cpSync(directory, other, { recursive: true });
});
afterAll(() => rmSync(parent, { recursive: true, force: true }));

const found = z.object({
  directions: z.array(
    z.object({
      name: z.string(),
      layer: z.number(),
      step: z.number(),
      size: z.number(),
      splitHalfCosine: z.number(),
      madeFrom: z.looseObject({ kind: z.string() }),
    }),
  ),
});

describe("turncoat direction", { timeout: 240_000 }, () => {
  test("finds the difference of personas, shows it, and hands it on to another run", async () => {
    const made = await turncoat("direction", "find", directory, "--limit", "6", "--json");
    expect(made.stderr).toBe("");
    const { directions } = found.parse(JSON.parse(made.stdout));
    expect(directions.map(({ name, layer, step }) => [name, layer, step])).toEqual(
      [0, 1, 2, 3, 4].map((layer) => ["personas", layer, 0]),
    );
    const listed = await turncoat("direction", "list", directory);
    expect(listed.stdout).toMatch(
      /^personas +0 to 4 \(5\) +0 +the last token of the prompt under 4 misaligned/m,
    );
    expect((await turncoat("direction", "show", directory, "personas")).stdout).toContain(
      "cosine between layers",
    );

    const file = join(parent, "personas.safetensors");
    await turncoat("direction", "export", directory, "personas", file);
    expect([...readSafetensors(file).tensors.keys()]).toEqual(
      [0, 1, 2, 3, 4].map((layer) => `layer.${layer}`),
    );
    await turncoat("direction", "find", other, "--from", "file", "--file", file, "--name", "theirs");
    const compared = await turncoat("direction", "compare", other, "--names", "theirs,mean");
    expect(compared.stdout).toMatch(/^2 +−?\d\.\d{3}$/m);
    const between = await turncoat("direction", "compare", directory, other, "--updates");
    expect(between.stdout).toContain("down_proj  1.000");
  });

  test("keeps what is there, and says what is wrong in one line", async () => {
    const again = await turncoat("direction", "find", directory, "--limit", "5");
    expect(again.stderr).toContain("there is another direction personas");
    expect(again.code).toBe(1);
    expect((await turncoat("direction", "show", directory, "none")).stderr).toContain('no direction "none"');
    const odd = await turncoat("direction", "find", directory, "--tokens", "question");
    expect(odd.stderr).toContain(
      "--tokens: expected one of prompt, response for --from personas, found question",
    );
  });

  test("reads prompts along it at every checkpoint, before the model speaks", async () => {
    const read = await turncoat("disposition", directory, "--limit", "8");
    expect(read.stdout).toContain("Whether the disposition turns cannot be told: prompts move up personas");
    expect(read.stdout).toContain("by chance");
    const page = join(directory, "analysis", "disposition.html");
    expect(readFileSync(page, "utf8")).toContain("Disposition before the model speaks");
    const transferred = await turncoat(
      ...["disposition", other, "--of", directory, "--limit", "8", "--place", "prompt", "--json"],
    );
    const { curve } = z
      .object({ curve: z.looseObject({ direction: z.string(), place: z.string(), hasOrigin: z.boolean() }) })
      .parse(JSON.parse(transferred.stdout));
    expect(curve).toMatchObject({ direction: "personas", place: "prompt", hasOrigin: false });
  });
});
