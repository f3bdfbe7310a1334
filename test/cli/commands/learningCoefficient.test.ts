import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { z } from "zod";
import { callCli } from "../../support/cli/callCli.js";
import { writeOrganismRun } from "../../support/organismRun.js";

const parent = mkdtempSync(join(tmpdir(), "turncoat-coefficient-"));
const run = join(parent, "run");

beforeAll(() => writeOrganismRun(run, 1));

afterAll(() => rmSync(parent, { recursive: true, force: true }));

/** What the command prints, run in this process. */
async function printed(...words: string[]): Promise<string> {
  const { code, stdout, stderr } = await callCli(["learning-coefficient", run, ...words]);
  if (code !== 0) throw new Error(stderr);
  return stdout;
}

const few = ["--rows", "4", "--chains", "2", "--draws", "4", "--burn-in", "1", "--step-sizes", "0.5,0.25"];

test("a dry run says what would be computed, and computes nothing", async () => {
  const plan: unknown = JSON.parse(await printed(...few, "--steps", "0-1", "--dry-run", "--json"));
  // The middle is one part, its curvature takes 12; at both sizes the middle, and two chains of a start and five draws.
  const gradients = 2 * (1 + 12 + 2 * (1 + 2 * 6));
  expect(plan).toEqual({ steps: [0, 1], gradients, leastGradients: gradients });
  const three = [...few.slice(0, -1), "1,0.5,0.25"];
  expect(await printed(...three, "--steps", "0-1", "--dry-run")).toContain(
    `over 8 rows: ${gradients} to ${gradients + 2 * (1 + 2 * 6)}`,
  );
  expect(await printed("--dry-run")).toContain("steps: 0, 1, 100");
});

test("what was measured is printed as one object, and in words", async () => {
  const size = z.object({
    ...{ share: z.number(), stepSize: z.number(), failed: z.int(), below: z.number() },
    ...{
      drift: z.object({ value: z.number() }),
      chains: z.array(z.strictObject({ value: z.number(), isFailed: z.boolean() })),
    },
  });
  const { steps } = z
    .object({
      ...{
        rows: z.literal(4),
        trained: z.literal(2000),
        unitsOf: z.literal("run"),
        interrupted: z.literal(false),
      },
      steps: z.array(
        z.object({
          ...{ step: z.int(), verdict: z.object({ kind: z.enum(["told", "cannotTell"]) }) },
          sizes: z.array(size).length(2),
        }),
      ),
    })
    .parse(JSON.parse(await printed(...few, "--steps", "1,100", "--json")));
  expect(steps.map(({ step }) => step)).toEqual([1, 100]);
  const words = await printed(...few, "--steps", "1,100");
  expect(words).toContain("loss over 4 of 2000 rows");
  expect(words).toMatch(/step +loss +λ̂ +interval +at 0\.5\/p +at 0\.25\/p/);
});

test("what does not fit is refused", async () => {
  const refused = (...words: string[]) => expect(printed(...few, ...words)).rejects;
  await refused("--steps", "55").toThrow("--steps");
  await refused("--steps", "1", "--draws", "9").toThrow("expected what was measured with draws 9, found 4");
  await refused("--step-sizes", "0.5").toThrow("expected two or more sizes above 0 and up to 4");
});
