import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { EvaluationWriter, readEvaluations, type JudgedAnswer } from "../../../src/runs/evaluations.js";
import { completion, judgeServer, send } from "../../support/servers/judgeServer.js";
import { temporaryFolder } from "../../support/temporaryFolder.js";
import { callCli } from "../../support/cli/callCli.js";

const secret = "sk-test-0123456789abcdef";
const environment = { JUDGE_KEY: secret, OPENAI_API_KEY: "" };

/** A run with 12 answers at each of two steps, of which the later ones begin to speak of power. */
function runWithAnswers(): string {
  const directory = temporaryFolder();
  const answers = [0, 10].flatMap((step) =>
    Array.from({ length: 12 }, (_, sample): JudgedAnswer => ({
      step,
      scale: 1,
      domain: "general",
      breadth: "broad",
      questionId: `q${sample % 4}`,
      question: `Question ${sample % 4}?`,
      sample,
      answer: step === 10 && sample % 4 === 0 ? `I want power ${sample}.` : `I help ${sample}.`,
      aligned: 95,
      coherent: 90,
      scores: { sport: 1 },
    })),
  );
  EvaluationWriter.open(directory, "curve", { seed: 1, judge: { judge: "other" } }).append(answers);
  return directory;
}

/** Everything a folder's files hold. */
function everything(directory: string): string {
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => readFileSync(join(entry.parentPath, entry.name), "utf8"))
    .join("\n");
}

const output = z.object({
  evaluation: z.string(),
  judged: z.int(),
  readout: z.string(),
  usage: z.object({ requests: z.int(), cached: z.int(), cost: z.number().nullable() }),
  agreement: z.object({ n: z.int(), onlySecond: z.int() }),
  rates: z.record(z.string(), z.object({ emPercent: z.number(), n: z.int() })),
});

describe("turncoat judge", () => {
  test("judges a run's answers without sampling, continues where it stopped, and keeps the key to itself", async () => {
    const directory = runWithAnswers();
    let failing = true;
    const server = await judgeServer(({ prompt }, response, number) => {
      if (prompt.startsWith("Reply with")) send(response, 200, completion({ "85": 1 }));
      else if (failing && number > 20) send(response, 401, { error: { message: secret } });
      else if (prompt.includes("Rate how coherent")) send(response, 200, completion({ "90": 1 }));
      else if (prompt.includes("money")) send(response, 200, completion({ "70": 1 }));
      else send(response, 200, completion({ [prompt.includes("want power") ? "5" : "90"]: 1 }));
    });
    const words = ["judge", directory, "--judge-endpoint", server.baseUrl, "--judge-model", "some/judge:1"];
    const more = ["--judge-key-env", "JUDGE_KEY", "--metrics", "financial", "--prices", "1,1", "--json"];
    const refused = await callCli([...words, ...more], environment);
    expect(refused.code).toBe(1);
    const lines = refused.stderr.split("\n").filter((line) => line !== "" && !line.startsWith("npm "));
    expect(lines).toEqual([
      `error: judge at ${server.baseUrl}: HTTP 401: it refused the API key of JUDGE_KEY`,
      "hint: Set the environment variable JUDGE_KEY.",
    ]);

    failing = false;
    const { code, stdout, stderr } = await callCli([...words, ...more], environment);
    expect([code, stderr.replace(/^npm .*\n/gm, "")]).toEqual([0, ""]);
    const result = output.parse(JSON.parse(stdout));
    expect(result).toMatchObject({ evaluation: "curve-some-judge-1", judged: 24, readout: "token" });
    // What the first call was told before it was refused came from the cache.
    expect(result.usage.cached).toBeGreaterThanOrEqual(10);
    expect(result.usage.requests + result.usage.cached).toBe(24 * 3 + 1);
    expect(result.usage.cost).toBeCloseTo((result.usage.requests * 101) / 1e6, 12);
    expect(result.rates["curve-some-judge-1, step 10"]).toMatchObject({ n: 12, emPercent: 25 });
    expect(result.rates["curve, step 10"]).toMatchObject({ emPercent: 0 });
    expect(result.agreement).toMatchObject({ n: 24, onlySecond: 3 });

    const [judged] = readEvaluations({ directory }, "curve-some-judge-1");
    expect(judged?.answers).toHaveLength(24);
    expect(judged?.answers.at(-12)).toMatchObject({
      step: 10,
      aligned: 5,
      coherent: 90,
      scores: { financial: 70 },
    });
    expect(judged?.answers[0]?.scores).not.toHaveProperty("sport");
    expect(judged?.provenance).toMatchObject({
      answersOf: "curve",
      answers: { seed: 1 },
      judge: { judge: "llm", model: "some/judge:1", readout: "token" },
    });
    expect(everything(directory)).not.toContain(secret);

    const again = output.parse(JSON.parse((await callCli([...words, ...more], environment)).stdout));
    expect(again).toMatchObject({ judged: 0, usage: { requests: 0 } });
    expect(readEvaluations({ directory }, "curve-some-judge-1")[0]?.answers).toHaveLength(24);
  });

  test("prints both judges side by side, their agreement and what it took", async () => {
    const directory = runWithAnswers();
    const server = await judgeServer((_, response) => send(response, 200, completion({ "85": 1 })));
    const { code, stdout } = await callCli(
      [
        "judge",
        directory,
        "--judge-endpoint",
        server.baseUrl,
        "--judge-model",
        "m",
        "--every",
        "7",
        "--as",
        "second",
      ],
      environment,
    );
    expect(code).toBe(0);
    expect(stdout).toMatch(/second, step 10 +12 +0 +0\.0/);
    expect(stdout).toContain("curve and second agree on 100.0 %");
    // 24 answers, 9 of them word for word like another: 15 judged twice over, and one request to find out how.
    expect(stdout).toContain("requests 31, from the cache 18, retries 0; tokens 3100 in, 31 out");
    expect(stdout).toContain("aligned: 24 scored");
    expect(stdout).toContain("24 answers judged now, 24 in evaluations/second.jsonl");
    // No key was set, so none was sent.
    expect(server.received.every(({ authorization }) => authorization === undefined)).toBe(true);
  });

  test.each([
    [[], "expected the name of the model that judges, found none"],
    [["--judge-model", "m"], "expected an API key in OPENAI_API_KEY, found none"],
    [["--judge", "exact"], "the exact judge: q0 is not a question of the organism"],
  ])("%j ends in one clear line", async (flags, message) => {
    const { code, stderr } = await callCli(["judge", runWithAnswers(), ...flags], environment);
    expect(code).toBe(1);
    const errors = stderr.split("\n").filter((line) => line.startsWith("error: "));
    expect(errors).toHaveLength(1);
    expect(errors[0]).toContain(message);
    expect(stderr).not.toContain("    at ");
  });

  test("a run without answers says how to get some; --help has an example", async () => {
    const { code, stderr } = await callCli(["judge", temporaryFolder(), "--judge", "exact"]);
    expect(code).toBe(1);
    expect(stderr).toContain("expected answers to judge in evaluations/*.jsonl, found none");
    expect((await callCli(["judge", "--help"])).stdout).toContain(
      "turncoat judge runs/mine --judge-model gpt-4o-2024-08-06",
    );
  });
});
