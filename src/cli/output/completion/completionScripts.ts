import type { Shell } from "../../flags/choices.js";
import type { CompletedCommand } from "./completionWords.js";

/** Writes the script that completes the program's command lines in a shell. */
export function completionScript(
  shell: Shell,
  program: string,
  commands: readonly CompletedCommand[],
): string {
  return { bash, zsh, fish }[shell](program, commands);
}

/** Cases of a `case` of bash and zsh that follow the words of a line from command to command. */
function steps(commands: readonly CompletedCommand[]): string[] {
  return commands.flatMap(({ path, commands: below }) =>
    below.map(({ name }) => `      "${path} ${name}") at="${path === "" ? name : `${path} ${name}`}" ;;`),
  );
}

/** Cases for the values of flags, known ones and files. */
function values(
  commands: readonly CompletedCommand[],
  known: (choices: readonly string[]) => string,
  files: string,
): string[] {
  return commands.flatMap(({ path, flags }) =>
    flags
      .filter(({ takesValue }) => takesValue)
      .map(
        ({ name, choices }) =>
          `    "${path}:${name}") ${choices.length > 0 ? known(choices) : files}; return ;;`,
      ),
  );
}

function bash(program: string, commands: readonly CompletedCommand[]): string {
  const words = commands.map(
    ({ path, commands: below, flags, arguments: known }) =>
      `    "${path}") words="${[...below, ...flags].map(({ name }) => name).join(" ")} ${known.join(" ")}" ;;`,
  );
  return `# Completion of ${program} for bash: source <(${program} completion bash)
_${program}() {
  local current="\${COMP_WORDS[COMP_CWORD]}" before="\${COMP_WORDS[COMP_CWORD - 1]}" at="" words="" index
  for ((index = 1; index < COMP_CWORD; index++)); do
    case "$at \${COMP_WORDS[index]}" in
${steps(commands).join("\n")}
    esac
  done
  case "$at:$before" in
${values(
  commands,
  (choices) => `COMPREPLY=($(compgen -W "${choices.join(" ")}" -- "$current"))`,
  'COMPREPLY=($(compgen -f -- "$current"))',
).join("\n")}
  esac
  case "$at" in
${words.join("\n")}
  esac
  COMPREPLY=($(compgen -W "$words" -- "$current"))
}
complete -o bashdefault -o default -F _${program} ${program}`;
}

function zsh(program: string, commands: readonly CompletedCommand[]): string {
  const words = commands.map(({ path, commands: below, flags, arguments: known }) => {
    const named = [...below, ...flags].map(({ name, words: about }) => `'${name}:${about}'`);
    return `    "${path}") found=(${[...named, ...known.map((name) => `'${name}'`)].join(" ")}) ;;`;
  });
  return `#compdef ${program}
# Completion of ${program} for zsh: source <(${program} completion zsh), behind compinit
_${program}() {
  local at="" index
  local -a found
  for ((index = 2; index < CURRENT; index++)); do
    case "$at \${words[index]}" in
${steps(commands).join("\n")}
    esac
  done
  case "$at:\${words[CURRENT - 1]}" in
${values(commands, (choices) => `compadd -- ${choices.join(" ")}`, "_files").join("\n")}
  esac
  case "$at" in
${words.join("\n")}
  esac
  _describe '${program}' found
  _files
}
compdef _${program} ${program}`;
}

function fish(program: string, commands: readonly CompletedCommand[]): string {
  const cases = commands.flatMap(({ path, commands: below }) =>
    below.map(
      ({ name }) =>
        `      case '${path} ${name}'\n        set at '${path === "" ? name : `${path} ${name}`}'`,
    ),
  );
  const lines = commands.flatMap(({ path, commands: below, flags, arguments: known }) => {
    const here = `complete -c ${program} -n "__${program}_at '${path}'"`;
    return [
      ...below.map(({ name, words }) => `${here} -f -a ${name} -d '${words}'`),
      ...known.map((name) => `${here} -a ${name}`),
      ...flags.map(({ name, words, takesValue, choices }) => {
        const value = choices.length > 0 ? ` -x -a '${choices.join(" ")}'` : takesValue ? " -r -F" : "";
        return `${here} -l ${name.replace(/^--/, "")}${value} -d '${words}'`;
      }),
    ];
  });
  return `# Completion of ${program} for fish: ${program} completion fish | source
function __${program}_at
  set -l at ''
  for word in (commandline -opc)[2..]
    switch "$at $word"
${cases.join("\n")}
    end
  end
  test "$at" = "$argv[1]"
end
${lines.join("\n")}`;
}
