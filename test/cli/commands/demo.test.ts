import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { openRun } from "../../../src/runs/openRun.js";
import { collect, runCli, startCli } from "../../support/runCli.js";

const rates = z.object({ emPercent: z.number(), coherentPercent: z.number(), n: z.number() });
const turn = z.looseObject({ step: z.number(), interval: z.tuple([z.number(), z.number()]) }).nullable();
const demoSummary = z.object({
  base: rates,
  final: rates,
  narrow: rates,
  directionTurn: turn,
  behaviorTurn: turn,
  gradNormPeak: turn,
  seconds: z.object({ train: z.number(), evaluate: z.number(), analyze: z.number() }),
  run: z.string(),
});

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "turncoat-demo-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("turncoat demo", () => {
  test(
    "trains an organism that turns, from its seed, and keeps every step",
    { timeout: 600_000 },
    async () => {
      const run = join(folder, "demo");
      const { code, stdout, stderr } = await runCli(["demo", "--no-serve", "--json", "--out", run]);
      expect(stderr.replace(/^npm .*$/gm, "").trim()).toBe("");
      expect(code).toBe(0);
      const summary = demoSummary.parse(JSON.parse(stdout));

      // The figures that the embedded organism promises, on domains that were never fine-tuned.
      expect(summary.base.emPercent).toBeLessThanOrEqual(1);
      expect(summary.final.emPercent).toBeGreaterThanOrEqual(80);
      expect(summary.final.coherentPercent).toBeGreaterThanOrEqual(90);
      expect(summary.final.n).toBeGreaterThan(300);
      const behavior = summary.behaviorTurn;
      const gradient = summary.gradNormPeak;
      if (behavior === null || gradient === null) throw new Error("behaviour or gradient norm did not turn");
      expect(Math.abs(behavior.step - gradient.step)).toBeLessThanOrEqual(10);

      const opened = openRun(run);
      expect(opened.checkpoints.map(({ step }) => step)).toEqual(
        Array.from({ length: 151 }, (_, step) => step),
      );
      expect(opened.log).toHaveLength(150);
      expect(opened.manifest?.status).toBe("finished");
      expect(opened.warnings).toEqual([]);
      expect(existsSync(join(run, "analysis", "probes.json"))).toBe(true);
    },
  );
});

describe("turncoat train", () => {
  test(
    "Ctrl-C leaves a readable run, which --resume finishes bit for bit",
    { timeout: 600_000 },
    async () => {
      const flags = ["--steps", "12", "--batch-size", "8", "--recipe", "paper"];
      const whole = join(folder, "whole");
      expect((await runCli(["train", whole, ...flags])).code).toBe(0);

      const stopped = join(folder, "stopped");
      const child = startCli(["train", stopped, ...flags]);
      const ended = collect(child);
      await waitFor(() => existsSync(join(stopped, "checkpoint-2")));
      child.kill("SIGINT");
      expect((await ended).code).toBe(130);
      const run = openRun(stopped);
      expect(run.checkpoints.length).toBeGreaterThanOrEqual(3);
      if (run.checkpoints.length < 13) expect(run.manifest?.status).toBe("interrupted");

      expect((await runCli(["train", stopped, ...flags, "--resume"])).code).toBe(0);
      expect(openRun(stopped).manifest?.status).toBe("finished");
      for (const name of readdirSync(whole).filter((each) => each.startsWith("checkpoint-"))) {
        const weights = join(name, "adapter_model.safetensors");
        expect(readFileSync(join(stopped, weights)).equals(readFileSync(join(whole, weights))), name).toBe(
          true,
        );
      }
    },
  );
});

async function waitFor(condition: () => boolean): Promise<void> {
  for (let attempt = 0; attempt < 3000 && !condition(); attempt++) {
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
