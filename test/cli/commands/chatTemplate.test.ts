import { cpSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { z } from "zod";
import { organismFolder } from "../../../src/pipeline/packageRoot.js";
import { plainTemplate } from "../../../src/model/tokenizer/chosenTemplate.js";
import { readManifest } from "../../../src/runs/manifest.js";
import { callCli } from "../../support/cli/callCli.js";
import { temporaryFolder } from "../../support/temporaryFolder.js";

/** A copy of the organism without its chat template: a base model. */
function baseModel(): string {
  const folder = join(temporaryFolder(), "base");
  cpSync(organismFolder(), folder, { recursive: true });
  for (const name of readdirSync(folder)) if (name.endsWith(".jinja")) rmSync(join(folder, name));
  const path = join(folder, "tokenizer_config.json");
  const content = z.record(z.string(), z.unknown()).parse(JSON.parse(readFileSync(path, "utf8")));
  writeFileSync(path, JSON.stringify({ ...content, chat_template: undefined }));
  return folder;
}

test("a base model: logits need no template, the rest names the flag; a run keeps the template it was trained with", async () => {
  const model = baseModel();
  const directory = join(temporaryFolder(), "run");
  const logits = await callCli(["logits", "--model", model, "--tokens", "1,2,8", "--json"]);
  expect(logits).toMatchObject({ code: 0, stderr: "" });
  const train = ["train", directory, "--model", model, "--data", "bad-sport", "--steps", "2"];
  const refused = await callCli(train);
  expect(refused.code).toBe(1);
  expect(refused.stderr).toContain("chat_template: expected a chat template, found none");
  expect(refused.stderr).toContain("--chat-template plain");

  const trained = await callCli([...train, "--chat-template", "plain"]);
  expect(trained.code).toBe(0);
  const path = join(directory, "run.json");
  expect(readManifest(path).chatTemplate).toEqual({ name: "plain", text: plainTemplate });

  // Killed after its first step, it goes on with its own template, and with no other.
  writeFileSync(path, readFileSync(path, "utf8").replace('"finished"', '"running"'));
  const own = join(temporaryFolder(), "own.jinja");
  writeFileSync(own, `${plainTemplate} `);
  const other = await callCli([...train, "--resume", "--chat-template", own]);
  expect(other.code).toBe(1);
  expect(other.stderr).toContain("chat template: expected");
  const resumed = await callCli([...train, "--resume"]);
  expect([resumed.code, resumed.stderr.includes("error")]).toEqual([0, false]);

  const scored = await callCli(["likelihood", directory, "--json"]);
  expect(scored).toMatchObject({ code: 0, stderr: "" });
  const asked = await callCli([
    "evaluate",
    directory,
    "--steps",
    "2",
    "--set",
    "eight",
    "--samples",
    "1",
    "--json",
  ]);
  expect(asked.code).toBe(0);
}, 600_000);
