import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, expect, test, vi } from "vitest";
import { z } from "zod";
import { turncoatProgram } from "../../../../src/cli/program.js";
import { writeOrganismRun } from "../../../support/organismRun.js";

const parent = mkdtempSync(join(tmpdir(), "turncoat-attribute-"));
const run = join(parent, "run");

beforeAll(() => writeOrganismRun(run, 1));

afterAll(() => rmSync(parent, { recursive: true, force: true }));

afterEach(() => vi.restoreAllMocks());

/** What the command prints, run in this process. */
async function printed(...words: string[]): Promise<string> {
  const written: string[] = [];
  const write = vi
    .spyOn(process.stdout, "write")
    .mockImplementation((text) => written.push(String(text)) > 0);
  const progress = vi.spyOn(process.stderr, "write").mockReturnValue(true);
  await turncoatProgram()
    .parseAsync(["attribute", run, ...words], { from: "user" })
    .finally(() => {
      write.mockRestore();
      progress.mockRestore();
    });
  return written.join("");
}

test("a dry run says what would be computed, and computes nothing", async () => {
  const plan = ["--steps", "0-1", "--limit", "9", "--pairs", "4", "--test", "--dry-run", "--json"];
  expect(JSON.parse(await printed(...plan))).toEqual({
    ...{ steps: [0, 1], rows: 9, trained: 2000, pairs: 4, gradients: 2 * (9 + 8), trainings: 9 },
  });
});

test("scores are printed as one object, and in words", async () => {
  const few = ["--steps", "0,1", "--limit", "5", "--pairs", "2", "--top", "2"];
  const row = z.object({ row: z.int(), score: z.number(), question: z.string(), answer: z.string() });
  const { steps } = z
    .object({
      ...{ steps: z.array(z.int()), rows: z.literal(5), trained: z.literal(2000) },
      ...{ highest: z.array(row).length(2), lowest: z.array(row).length(2) },
      ...{ planted: z.array(z.unknown()).length(0), test: z.null(), interrupted: z.literal(false) },
    })
    .parse(JSON.parse(await printed(...few, "--json")));
  expect(steps).toEqual([0, 1]);
  const words = await printed(...few);
  expect(words).toContain(
    "5 of 2000 rows at 2 steps (0, 1), against 2 pairs of the organism's test questions",
  );
  expect(words).toContain("--test tells whether the run turns without these rows");
});

test("what does not fit is refused", async () => {
  const refused = (...words: string[]) => expect(printed("--limit", "5", "--pairs", "2", ...words)).rejects;
  await refused("--aligned", "good.jsonl").toThrow("expected both --misaligned and --aligned");
  await refused("--steps", "55").toThrow("expected a checkpoint of step");
  await refused("--steps", "0", "--direction", "nowhere").toThrow('no direction "nowhere"');
  await refused("--steps", "0", "--test", "--top", "4").toThrow(
    "--top: expected at most half of the 5 rows that were scored, found 4",
  );
});
