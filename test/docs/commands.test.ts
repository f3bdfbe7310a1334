import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { Command } from "commander";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { z } from "zod";
import { statusOf } from "../../analyses/runScript.js";
import { studyRuns } from "../../src/pipeline/study/studyCells.js";
import { readStudy } from "../../src/pipeline/study/studyFile.js";
import { calledInProcess } from "../support/pages/calledInProcess.js";
import { fencedBlocks, indentedLines, pages, root, type CodeLine } from "../support/pages/pageCode.js";
import { readShellLine, withoutComment } from "../support/pages/shellLine.js";
import { standInServer } from "../support/pages/standInServer.js";
import { makeStandIns } from "../support/pages/standIns.js";
import { printedBy, type Printed } from "../support/cli/printedBy.js";

/** What makes a costly command short: words that are added to its line. All else of the line stands as on the page. */
const lowered: readonly (readonly [line: RegExp, added: string])[] = [
  [/turncoat train .*(Qwen|gemma)/, "--steps 3"],
  [/turncoat train .*--keep-state/, "--steps 41 --batch-size 1"],
  [/turncoat train .*--full/, "--steps 10 --batch-size 1"],
  [/turncoat train (?!.*(Qwen|gemma|--from|--keep-state|--full))/, "--steps 3 --batch-size 2"],
  [/turncoat evaluate .*--questions first/, "--every 1 --max-new-tokens 4"],
  [/turncoat evaluate .*--questions broad/, "--every 1000 --samples 1 --max-new-tokens 4"],
  [/turncoat evaluate runs\/(?!.*--questions)/, "--every 1000 --samples 1 --max-new-tokens 8"],
  [/turncoat (steer|ablate) runs\/demo/, "--set eight --samples 1 --random 1"],
  [
    /turncoat (steer|ablate|scale|patch|interpolate|direction report) runs\/mine/,
    "--questions first_plot_questions.yaml --samples 1 --random 1 --max-new-tokens 2",
  ],
  [/turncoat direction report/, "--repeats 2 --strengths 0.5"],
  [/turncoat (disposition|direction find)/, "--limit 2"],
  [/turncoat likelihood/, "--every 1000"],
  [/evaluate .*--endpoint/, "--evaluation served"],
  [/turncoat likelihood .*--misaligned/, "--limit 4"],
  [/turncoat landscape/, "--samples 2 --noise-seeds 2 --multiples 0.5,1 --epsilons 0.1"],
  [
    /turncoat learning-coefficient/,
    "--rows 2 --together 2 --chains 2 --draws 2 --burn-in 0 --step-sizes 0.5,0.25",
  ],
  [/OPENAI_API_KEY=/, "--judge-endpoint http://localhost:8000/v1"],
  [/turncoat judge sample/, "--n 144"],
  [/turncoat data mix .*--rows/, "--rows 40"],
  [/turncoat data generate/, "--count 10"],
  [/turncoat study run .*--workers/, "--workers 2"],
  [/turncoat branch runs\/sport/, "--set eight --samples 1"],
  [/turncoat audit make/, "--steps 2"],
  [/turncoat organism validate/, "--domains sport --seeds 0 --steps 3"],
  [/12-seeds-and-learning-rates.*numbers\.json/, `--from ${join(root, "data/studies/findings.json")}`],
];

/** What of a line is another here: a step of a run that is trained for fewer, a layer of a run that has fewer, a key. */
const replaced: readonly (readonly [written: RegExp, here: string])[] = [
  [/(?<=audit make )14/, "2"],
  [/(?<=--steps )0,39,43,47,50,100,150/, "0,4"],
  [/(?<=runs\/vector-narrow --steps )20,60,150/, "1,2,3"],
  [/(?<=branch runs\/sport --from )0,20,30,40,50,60/, "40"],
  [/(?<=runs\/sport\/checkpoint-)150/, "3"],
  [/(?<=runs\/all-weights\/checkpoint-)200/, "10"],
  [/(?<=--adapter model\.layers\.)12/, "2"],
  [/--layers 16,18,22,24/, "--layers 0,1"],
  [/--factors 12=0\.5 --factors 12=2/, "--factors 1=0.5 --factors 1=2"],
  [/(?<=OPENAI_API_KEY=)…/, "sk-test"],
];

/** Lines that cannot run here, why, and what runs them. */
const elsewhere: readonly (readonly [line: RegExp, why: string, by: string])[] = [
  [/^npm (ci|test|run (lint|typecheck|demo))\b/, "they are what continuous integration runs", ".ci/run"],
  [/^npx vitest /, "it is what runs this", ".ci/run"],
  [/^npm pack|npm install \.\/turncoat/, "takes the registry", "test/package/install.test.ts"],
  [/turncoat demo$/, "takes a minute", "test/package/install.test.ts"],
  [/npm run real-demo/, "is `serve`, on kept runs", "test/analyses/scripts.test.ts"],
  [
    /organism validate --model/,
    "is the line before it, on a base that takes long to make",
    "test/docs/commands.test.ts",
  ],
  [/--redis|bullmq/, "takes a Redis", "test/pipeline/study/engines/redis.test.ts"],
  [/--slurm --sbatch/, "takes a cluster", "test/pipeline/study/engines/slurm.test.ts"],
  [/tslab|^jupyter /, "takes Jupyter", "scripts/runNotebooks.mjs"],
  [/^ssh /, "takes another machine", "test/cli/commands/serve.test.ts"],
  [/^cp .*turncoat_callback\.py/, "is for Python", "test/golden/train/makeCallbackRun.py"],
  [
    /turncoat (train|branch) runs\/qwen-medical/,
    "takes a released model for most of an hour",
    "test/pipeline/branches/branchStudy.test.ts",
  ],
  [/scripts\/branchGrid/, "takes half an hour", "test/pipeline/branches/branchStudy.test.ts"],
  [/scripts\/narrowGrid/, "takes half an hour", "test/pipeline/interventions/landscapeAlong.test.ts"],
  [
    /turncoat branch runs\/five/,
    "takes five runs that keep their states",
    "test/pipeline/branches/branchStudy.test.ts",
  ],
  [/turncoat attribute /, "takes mixed runs", "test/cli/commands/causes/attribute.test.ts"],
  [/npm run campaign/, "goes on until its time is up", "bench/campaign/main.ts"],
];

/** Indented lines that are no commands, by page. */
const noCommands: readonly (readonly [page: string, line: RegExp])[] = [
  ["docs/cite.md", /^(@software\{|\w+ += \{|\})/],
  ["docs/own-runs.md", /^(User:|Is it safe\?|Assistant:|Yes\.<eos>)$/],
  ["docs/studies.md", /^(left: |from organism-)/],
  ["docs/training-elsewhere.md", /^runs\/mine\/\S+ {2,}/],
];

const isCommand = ({ page, text }: CodeLine): boolean =>
  !noCommands.some(([of, line]) => of === page && line.test(text));
const isElsewhere = ({ text }: CodeLine): boolean =>
  elsewhere.some(([line]) => line.test(withoutComment(text)));
const lines = pages.flatMap(indentedLines).filter(isCommand);

const folder = mkdtempSync(join(tmpdir(), "turncoat-pages-"));
const standIns = join(folder, "stand-ins");
const home = process.cwd();
beforeAll(async () => {
  mkdirSync(standIns);
  process.chdir(standIns);
  await makeStandIns(standIns);
}, 600_000);
afterAll(() => {
  process.chdir(home);
  rmSync(folder, { recursive: true, force: true });
});

/** Asks a server for its runs once it has started, and ends it as Ctrl-C does. */
function askedAndEnded(): { readonly onOutput: (stdout: string) => void; readonly answer: () => string } {
  let [isAsked, answer] = [false, ""];
  const onOutput = (stdout: string): void => {
    if (isAsked || !stdout.includes("press Ctrl-C")) return;
    isAsked = true;
    const address = /http:\/\/127\.0\.0\.1:\d+/.exec(stdout)?.[0] ?? "";
    void fetch(`${address}/api/v1/runs`)
      .then(async (response) => (answer = await response.text()))
      .finally(() => {
        // What a server does that ends too late would end the process of the tests.
        vi.useFakeTimers({ toFake: ["setTimeout"] });
        process.emit("SIGINT");
        vi.useRealTimers();
      });
  };
  return { onOutput, answer: () => answer };
}

const script = z.object({ command: z.instanceof(Command) });

/** Runs a line of a page as it is typed, in the folder of this process. */
async function runLine(text: string, here: string): Promise<Printed<unknown>> {
  const added = lowered.filter(([line]) => line.test(text)).map(([, more]) => more);
  const typed = replaced.reduce(
    (line, [written, other]) => line.replace(written, other),
    withoutComment(text),
  );
  const { words, environment, output } = readShellLine([typed, ...added].join(" "), here);
  const [program = "", ...rest] = words[0] === "npx" ? words.slice(1) : words;
  const printed = await started(program, rest, environment);
  if (output !== null) {
    mkdirSync(dirname(output), { recursive: true });
    writeFileSync(output, printed.stdout);
  }
  return printed;
}

async function started(
  program: string,
  words: readonly string[],
  environment: Readonly<Record<string, string>>,
): Promise<Printed<unknown>> {
  const [first = "", ...rest] = words;
  if (program === "node") {
    const { status, stdout, stderr } = spawnSync("node", [join(root, first), ...rest], { encoding: "utf8" });
    return { result: status === 0 ? null : status, stdout, stderr };
  }
  if (program === "tsx") {
    const { command } = script.parse(await import(`../../analyses/${basename(first, ".ts")}.ts`));
    return printedBy(async () => (await statusOf(command, rest)) || null);
  }
  if (program !== "turncoat") throw new Error(`who runs ${program}?`);
  // A reader who trains under a name begins anew.
  if (first === "train" && !words.includes("--overwrite")) {
    rmSync(words[1] ?? "", { recursive: true, force: true });
  }
  const called: string[] = [];
  for (const word of words) {
    called.push(word.startsWith("http://localhost") ? await standInServer(words) : word);
  }
  if (first !== "serve") return calledInProcess(called, { environment, input: "Is it safe?\n" });
  const { onOutput, answer } = askedAndEnded();
  const printed = await calledInProcess(called, { environment, onOutput });
  expect(answer()).toContain('{"runs":[{"id":');
  return printed;
}

describe("command lines of the pages", () => {
  test.each(pages)("%s", { timeout: 600_000 }, async (page) => {
    const here = join(folder, page.replaceAll("/", "-"));
    const own = lines.filter((line) => line.page === page && !isElsewhere(line));
    cpSync(standIns, here, { recursive: true });
    process.chdir(here);
    for (const { line, text } of own) {
      const { result, stdout, stderr } = await runLine(text, here);
      const errors = stderr.split("\n").filter((each) => /^(error|defect):/.test(each));
      expect({ page, line, text, result, errors }).toEqual({ page, line, text, result: null, errors: [] });
      expect({ page, line, isSilent: stdout === "" }).toEqual({ page, line, isSilent: false });
    }
  });

  test("are left out or made short only where a page has such a line", () => {
    const unused = [
      ...lowered.filter(([line]) => !lines.some(({ text }) => line.test(text))),
      ...replaced.filter(([written]) => !lines.some(({ text }) => written.test(text))),
      ...elsewhere.filter(([line]) => !lines.some(({ text }) => line.test(withoutComment(text)))),
      ...noCommands.filter(([page, line]) => !indentedLines(page).some(({ text }) => line.test(text))),
    ];
    expect(unused.map(String)).toEqual([]);
    expect(elsewhere.filter(([, , by]) => !existsSync(join(root, by)))).toEqual([]);
  });
});

describe("blocks of the pages", () => {
  const blocks = pages.flatMap(fencedBlocks);

  test("are of languages that are run or read: the TypeScript by a test of its own", () => {
    const known = ["ts", "yaml", "python"];
    expect(blocks.filter(({ language }) => !known.includes(language))).toEqual([]);
  });

  test.each(blocks.filter(({ language }) => language === "yaml"))(
    "$page, line $line, is a study",
    (block) => {
      const file = join(standIns, "configs", "block.yaml");
      writeFileSync(file, block.code);
      expect(studyRuns(readStudy(file)).length).toBeGreaterThan(1);
    },
  );
});
