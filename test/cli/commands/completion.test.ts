import { spawnSync } from "node:child_process";
import { describe, expect, test } from "vitest";
import { turncoatProgram } from "../../../src/cli/program.js";
import type { Shell } from "../../../src/cli/flags/choices.js";
import { completionScript } from "../../../src/cli/output/completion/completionScripts.js";
import { completionWords } from "../../../src/cli/output/completion/completionWords.js";

const program = turncoatProgram();
const scriptOf = (shell: Shell): string => completionScript(shell, "turncoat", completionWords(program));

/** Ways of asking a shell what it offers behind some words, the last of which is being typed. */
const asked: Readonly<Record<Shell, (words: readonly string[]) => string>> = {
  bash: (words) =>
    `${scriptOf("bash")}\nCOMP_WORDS=(${words.map((word) => `'${word}'`).join(" ")}); COMP_CWORD=${words.length - 1}\n` +
    '_turncoat; printf "%s\\n" "${COMPREPLY[@]}"',
  // What zsh shows is what these are given.
  zsh: (words) =>
    `compdef() { :; }; compadd() { shift; print -l -- "$@"; }; _files() { :; }; _describe() { print -l -- "\${found[@]}"; }\n` +
    `${scriptOf("zsh")}\nwords=(${words.map((word) => `'${word}'`).join(" ")}); CURRENT=${words.length}\n_turncoat`,
  fish: (words) => `${scriptOf("fish")}\ncomplete -C '${words.join(" ")}'`,
};

/** Names that a shell offers, without their descriptions. */
function offered(shell: Shell, words: readonly string[]): string[] {
  const { stdout, stderr, status } = spawnSync(shell, ["-c", asked[shell](words)], { encoding: "utf8" });
  if (status !== 0) throw new Error(`${shell}: ${stderr}`);
  return stdout
    .split("\n")
    .map((line) => line.split(/[\t:]/)[0] ?? "")
    .filter((name) => name.startsWith(words.at(-1) ?? ""));
}

const isThere = (shell: Shell): boolean => spawnSync(shell, ["-c", "exit 0"]).status === 0;

describe.each(["bash", "zsh", "fish"] as const)("completion in %s", (shell) => {
  test.skipIf(!isThere(shell))("offers commands, subcommands, flags and the names that flags take", () => {
    expect(offered(shell, ["turncoat", "ev"])).toContain("evaluate");
    expect(offered(shell, ["turncoat", "direction", "f"])).toEqual(["find"]);
    expect(offered(shell, ["turncoat", "direction", "find", "--from"])).toEqual(["--from"]);
    expect(offered(shell, ["turncoat", "train", "runs/mine", "--recipe", "cr"])).toEqual(["crisp"]);
    expect(offered(shell, ["turncoat", "data", "inspect", "bad-m"])).toEqual(["bad-medical"]);
  });
});

test("every command and flag that help shows can be completed", () => {
  const words = completionWords(program);
  const train = words.find(({ path }) => path === "train");
  expect(words[0]?.commands.map(({ name }) => name)).toEqual(program.commands.map((each) => each.name()));
  expect(train?.flags.map(({ name }) => name)).toEqual(
    expect.arrayContaining(["--data", "--recipe", "--json", "--help", "--debug"]),
  );
  expect(train?.flags.find(({ name }) => name === "--data")?.choices).toContain("bad-medical");
});
