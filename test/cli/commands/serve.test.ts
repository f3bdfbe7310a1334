import { once } from "node:events";
import { describe, expect, test } from "vitest";
import { collect, runCli, startCli } from "../../support/cli/runCli.js";

const fixture = "test/fixtures/peft-run-rank1-f32";
const secret = "sk-test-0123456789abcdef";
const environment = { JUDGE_KEY: secret, OPENAI_API_KEY: "" };

describe("turncoat serve with a judge", () => {
  test("says who judges and keeps the key to itself; the endpoint may be started later", async () => {
    const judge = ["--judge-model", "some/judge:1", "--judge-endpoint", "http://127.0.0.1:9/v1"];
    const child = startCli(
      ["serve", fixture, "--port", "0", ...judge, "--judge-key-env", "JUDGE_KEY"],
      environment,
    );
    const collected = collect(child);
    let said = "";
    child.stdout?.on("data", (chunk: Buffer) => {
      said += chunk.toString();
      if (said.includes("press Ctrl-C")) child.kill("SIGINT");
    });
    await once(child, "close");
    const { code, stdout, stderr } = await collected;
    // A server that was told to end, and ended in good order, has done what it was asked.
    expect(code).toBe(0);
    expect(stdout).toContain("the playground is judged by some/judge:1 at http://127.0.0.1:9/v1");
    expect(stdout + stderr).not.toContain(secret);
  });

  test.each([
    [["--metrics", "financial"], "expected the name of the model that judges, found none"],
    [["--judge-model", "m"], "expected an API key in OPENAI_API_KEY, found none"],
    [
      ["--judge-model", "m", "--judge-endpoint", "localhost"],
      "expected an address such as http://localhost:8000/v1",
    ],
  ])("%j ends in one clear line", async (flags, message) => {
    const { code, stderr } = await runCli(["serve", fixture, "--port", "0", ...flags], environment);
    expect(code).toBe(1);
    const errors = stderr.split("\n").filter((line) => line.startsWith("error: "));
    expect(errors).toHaveLength(1);
    expect(errors[0]).toContain(message);
  });

  test("--help has an example", async () => {
    expect((await runCli(["serve", "--help"])).stdout).toContain(
      "turncoat serve runs --judge-model gemma-3-27b-it --judge-endpoint http://localhost:8000/v1",
    );
  });
});
