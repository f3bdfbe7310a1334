import { execFileSync } from "node:child_process";
import { appendFileSync, cpSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { sha256OfModelSettings } from "../../../src/formats/modelWeights.js";
import { codeOf, originOf } from "../../../src/pipeline/training/origin.js";
import { packageRoot } from "../../../src/pipeline/packageRoot.js";
import { parseManifest, readManifest } from "../../../src/runs/manifest.js";
import { RunWriter } from "../../../src/runs/runWriter.js";
import { createEngine } from "../../../src/tensor/engine.js";
import { manifest } from "../../support/exampleRunDirectory.js";
import { temporaryFolder } from "../../support/temporaryFolder.js";
import { tinyModel } from "../../support/tinyModels.js";
import { smallConfig, smallDataset } from "../../support/training/tinyTraining.js";
import { trained } from "../../support/training/smallRuns.js";

function git(folder: string, ...words: string[]): string {
  const own = Object.entries(process.env).filter(([name]) => !name.startsWith("GIT_"));
  return execFileSync("git", ["-C", folder, ...words], {
    encoding: "utf8",
    env: { ...Object.fromEntries(own), GIT_CONFIG_NOSYSTEM: "1" },
    stdio: ["ignore", "pipe", "ignore"],
  }).trim();
}

/** A checkout with one commit. */
function checkout(): string {
  const folder = temporaryFolder();
  writeFileSync(join(folder, "code.ts"), "1;\n");
  git(folder, "init");
  git(folder, "add", "code.ts");
  git(folder, "-c", "user.name=A", "-c", "user.email=a@b", "commit", "--no-gpg-sign", "-m", "one");
  return folder;
}

test("a checkout names its commit, and whether tracked files differ from it", () => {
  const folder = checkout();
  const commit = git(folder, "rev-parse", "HEAD");
  expect(commit).toMatch(/^[0-9a-f]{40}$/);
  expect(codeOf(folder)).toEqual({ commit, dirty: false });
  writeFileSync(join(folder, "notes.txt"), "untracked");
  expect(codeOf(folder)).toEqual({ commit, dirty: false });
  appendFileSync(join(folder, "code.ts"), "2;\n");
  expect(codeOf(folder)).toEqual({ commit, dirty: true });
});

test("an installed package names no commit, not even that of a checkout around it", () => {
  const inside = join(checkout(), "node_modules", "turncoat");
  mkdirSync(inside, { recursive: true });
  expect(codeOf(inside)).toBeUndefined();
});

test("a folder that Git does not know as a checkout names no commit", () => {
  const folder = temporaryFolder();
  writeFileSync(join(folder, ".git"), "gitdir: /nowhere\n");
  expect(codeOf(folder)).toBeUndefined();
});

test("the origin has the engine as it is, and the versions of what is installed", async () => {
  const origin = originOf(await createEngine({ engine: "onnxruntime", threads: 3 }));
  expect(origin.engine).toEqual({ name: "onnxruntime", executionProvider: "cpu", threads: 3 });
  expect(Object.keys(origin.versions)).toEqual([
    "turncoat",
    "node",
    "onnxruntime",
    "@huggingface/tokenizers",
    "@tensorflow/tfjs",
  ]);
  for (const [library, name] of [
    ["onnxruntime-node", "onnxruntime"],
    ["@huggingface/tokenizers", "@huggingface/tokenizers"],
    ["@tensorflow/tfjs", "@tensorflow/tfjs"],
  ] as const) {
    const path = join(packageRoot(), "node_modules", library, "package.json");
    expect(JSON.parse(readFileSync(path, "utf8"))).toMatchObject({ version: origin.versions[name] });
  }
  const wasm = originOf(await createEngine({ engine: "wasm" }));
  expect(wasm.engine).toEqual({ name: "wasm", executionProvider: "cpu", threads: 1 });
});

test("a run records its origin and the model's settings", async () => {
  const model = await tinyModel("tiny-qwen2");
  const run = await trained(model, smallDataset(temporaryFolder()), "run", { ...smallConfig, steps: 1 });
  const found = readManifest(join(run, "run.json"));
  expect(found).toMatchObject(originOf(model.engine));
  expect(found.baseModel.settingsSha256).toBe(sha256OfModelSettings(model.folder));
  expect(found).not.toHaveProperty("resumedOn");
});

test("the hash of the settings follows the tokenizer and the template", async () => {
  const { folder } = await tinyModel("tiny-qwen2");
  const copy = join(temporaryFolder(), "model");
  cpSync(folder, copy, { recursive: true });
  expect(sha256OfModelSettings(copy)).toBe(sha256OfModelSettings(folder));
  writeFileSync(join(copy, "chat_template.jinja"), "{{ messages[0].content }}");
  expect(sha256OfModelSettings(copy)).not.toBe(sha256OfModelSettings(folder));
});

test("a run of an earlier version opens, and says what it is resumed on", () => {
  const directory = join(temporaryFolder(), "run");
  RunWriter.create(directory, manifest).finish("interrupted");
  expect(parseManifest(JSON.stringify(manifest), "run.json")).toEqual(manifest);

  const { engine, versions } = manifest;
  const reopened = (step: number, threads: number) =>
    RunWriter.reopen(directory, step, { origin: { engine: { ...engine, threads }, versions } }).manifest
      .resumedOn;
  expect(reopened(2, engine.threads)).toBeUndefined();
  const four = { step: 4, engine: { ...engine, threads: 9 }, versions };
  expect(reopened(4, 9)).toEqual([four]);
  expect(reopened(6, 9)).toEqual([four]);
  expect(reopened(7, engine.threads)).toEqual([four, { step: 7, engine, versions }]);
  // What was made after a step that is trained again is gone, and so is what that ran on.
  expect(reopened(3, engine.threads)).toBeUndefined();
});
