import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openRun } from "../../../src/runs/openRun.js";
import { collect, runCli, startCli } from "../../support/cli/runCli.js";

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "turncoat-train-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

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
