import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import {
  circlesOf,
  foldersOf,
  importedPath,
  importGraph,
  importsOf,
  roomsOf,
  sourceFiles,
  type ImportGraph,
} from "./support/importGraph.js";

/** What all folders of `src` may import: errors, and the advice in them. */
const base: readonly string[] = ["errors.ts", "hints.ts"];

/** What a folder of `src` may import beside itself and what all may. */
interface LayerRule {
  readonly values: readonly string[];
  /** Only with `import type`. */
  readonly types: readonly string[];
}

const belowThree = ["tensor", "formats", "model", "runs"];
const belowFive = [
  ...belowThree,
  "endpoint",
  "organism",
  "train",
  "evaluate",
  "analysis",
  "figures",
  "pipeline",
];

/** Who may import whom among the folders of `src`. */
const layerTable: Readonly<Record<string, LayerRule>> = {
  "errors.ts": { values: [], types: [] },
  "hints.ts": { values: [], types: [] },
  tensor: { values: [], types: [] },
  formats: { values: ["tensor"], types: [] },
  endpoint: { values: ["formats"], types: [] },
  model: { values: ["tensor", "formats"], types: [] },
  runs: { values: ["tensor", "formats"], types: [] },
  organism: { values: belowThree, types: [] },
  train: { values: belowThree, types: [] },
  evaluate: { values: [...belowThree, "endpoint"], types: [] },
  analysis: { values: ["tensor"], types: ["formats", "model", "runs"] },
  figures: { values: ["analysis"], types: [] },
  pipeline: { values: belowFive, types: [] },
  server: { values: belowFive, types: [] },
  notebook: { values: belowFive, types: [] },
  // Pages draw what they save as scripts do: with the pure code of the figures, which needs no server.
  web: { values: ["figures"], types: [...belowFive, "server", "notebook"] },
  cli: { values: [...belowFive, "server", "notebook"], types: [] },
  entry: { values: [...belowFive, "notebook"], types: [] },
  "index.ts": { values: ["entry"], types: [] },
};

/**
 * The rooms inside a folder, floor by floor from the ground: a room may import what stands on floors below its own, and
 * nothing of its own floor or above.
 */
const floors: Readonly<Record<string, readonly (readonly string[])[]>> = {
  "src/analysis": [
    ["linalg", "statistics"],
    ["series"],
    ["geometry", "behavior", "learningCoefficient"],
    ["directions", "distribution"],
    ["scalars", "texts", "transitions"],
    ["analysisRecord.ts", "toJson.ts"],
    ["straightPositive.ts", "usualTransitions.ts"],
    ["analyze.ts", "attribution", "branches", "controls", "interventions", "landscape"],
    ["audit", "comparison"],
  ],
  "src/cli": [
    ["flags", "interrupt.ts"],
    ["output"],
    ["open"],
    ["actions"],
    ["commands"],
    ["program.ts"],
    ["runCommandLine.ts"],
    ["main.ts"],
  ],
  "src/evaluate": [
    ["answerLogProbabilities.ts", "judgedCsv.ts", "question.ts", "tokenSignificance.ts"],
    ["sampling"],
    ["judge"],
  ],
  "src/figures": [
    ["figure.ts"],
    ["style"],
    ["landscape"],
    ["compare", "interventions", "own", "run", "scalars", "standalone", "static"],
  ],
  "src/model": [
    ["config"],
    ["layers", "tokenizer"],
    ["model.ts", "transformer.ts"],
    ["weights"],
    ["checkpointModel.ts", "hooks"],
    ["generation"],
  ],
  "src/pipeline": [
    ["packageRoot.ts", "results"],
    ["data"],
    ["directions", "evaluation"],
    ["catalog", "judging", "measurement", "report"],
    ["training"],
    [
      ...["attribution", "audit", "branches", "comparison", "interventions", "organism"],
      ...["processes", "study"],
    ],
    ["learningCoefficient", "playground"],
  ],
  "src/server": [["schemas"], ["requestErrors.ts"], ["live"], ["reports"], ["routes"], ["http"]],
  "src/train": [
    ["optimizerConfig.ts"],
    ["checkpointSchedule.ts", "data", "optimizer.ts", "schedule.ts"],
    ["batches", "objectives", "stepDefinition.ts", "trainConfig.ts"],
    ["gradientProjection.ts"],
    ["updates.ts"],
    ["stepProgram.ts", "trainRecord.ts"],
    ["recipes"],
    ["stepper.ts", "trainables"],
    [
      ...["exampleGradients.ts", "heldOutLoss.ts", "klPenalty.ts", "partGradients.ts"],
      ...["streamVectors.ts", "thinning.ts", "trainingState.ts"],
    ],
    ["member.ts"],
    ["train.ts"],
  ],
  "src/web": [["parts"], ["state"], ["api", "plots"], ["pages"], ["main.ts"]],
  bench: [
    ["harness"],
    ["engine"],
    ["analysis", "calibration", "campaign", "evaluate", "memory", "pages", "startup", "training"],
    ["main.ts"],
  ],
};

/** Most files of any kind that lie in one folder, so that each can still be found by its name. */
const mostFiles = 24;

/** The folder directly under `src`, or the file's own name where it lies in `src` itself. */
function layerOf(path: string): string {
  return path.split("/")[1] ?? "";
}

/** One line for each import of a file that the table forbids. */
function forbiddenEdges(path: string, text: string): string[] {
  const from = layerOf(path);
  const rule = layerTable[from];
  if (rule === undefined) return [`${path}: src/${from} is not in the layer table`];
  return importsOf(path, text).flatMap(({ specifier, isTypeOnly: onlyTypes }) => {
    if (!specifier.startsWith(".")) return [];
    const target = importedPath(path, specifier);
    if (!target.startsWith("src/")) return [`${path}: ${from} → ${target}: outside src`];
    const to = layerOf(target);
    if (to === from || base.includes(to) || rule.values.includes(to)) return [];
    if (!rule.types.includes(to)) return [`${path}: ${from} → ${to} is forbidden (${specifier})`];
    return onlyTypes ? [] : [`${path}: ${from} → ${to} may import types only (${specifier})`];
  });
}

/** One line for each room of a folder that has no floor, and for each that imports what is not below it. */
function climbingRooms(folder: string, graph: ImportGraph): string[] {
  const plan = floors[folder] ?? [];
  const floorOf = (room: string): number => plan.findIndex((rooms) => rooms.includes(room));
  return [...roomsOf(folder, graph)].flatMap(([room, targets]) => {
    if (floorOf(room) < 0) return [`${folder}/${room} has no floor`];
    return targets
      .filter((target) => floorOf(target) >= floorOf(room))
      .map((target) => `${folder}: ${room} → ${target} is not below it`);
  });
}

/** One line for each circle of files, and of files and folders that lie in one folder. */
function circles(graph: ImportGraph): string[] {
  const files = [...graph.keys()];
  return [
    ...circlesOf(graph).map((circle) => `files: ${circle.join(" ⇄ ")}`),
    ...foldersOf(files).flatMap((folder) =>
      circlesOf(roomsOf(folder, graph)).map((circle) => `in ${folder || "."}: ${circle.join(" ⇄ ")}`),
    ),
  ];
}

const files = sourceFiles("src");
const everything = importGraph([...files, ...sourceFiles("bench"), ...sourceFiles("test")]);

describe("layers", () => {
  test("no source file imports against the layer table", () => {
    expect(files.length).toBeGreaterThan(50);
    expect(files.flatMap((path) => forbiddenEdges(path, readFileSync(path, "utf8")))).toEqual([]);
  });

  test("the pure layers reach nothing outside the program", () => {
    const outward = files
      .filter((path) => ["analysis", "figures"].includes(layerOf(path)))
      .flatMap((path) =>
        importsOf(path, readFileSync(path, "utf8"))
          .filter(({ specifier, isTypeOnly: onlyTypes }) => specifier.startsWith("node:") && !onlyTypes)
          .map(({ specifier }) => `${path}: ${specifier}`),
      );
    expect(outward).toEqual([]);
  });

  test("a planted edge is caught, however it is written", () => {
    const edges = (path: string, text: string) => forbiddenEdges(path, text);
    expect(edges("src/tensor/random.ts", 'import { openRun } from "../runs/openRun.js";')).toEqual([
      "src/tensor/random.ts: tensor → runs is forbidden (../runs/openRun.js)",
    ]);
    expect(edges("src/tensor/onnx/deep.ts", 'export * from "../../model/model.js";')).toEqual([
      "src/tensor/onnx/deep.ts: tensor → model is forbidden (../../model/model.js)",
    ]);
    expect(edges("src/train/train.ts", 'const late = await import("../cli/main.js");')).toHaveLength(1);
    expect(edges("src/train/train.ts", 'type T = import("../cli/main.js").T;')).toHaveLength(1);
    expect(
      edges("src/evaluate/a.ts", 'import { exactJudge } from "../organism/exactJudge.js";'),
    ).toHaveLength(1);
    expect(
      edges("src/endpoint/a.ts", 'import type { Judge } from "../evaluate/judge/judge.js";'),
    ).toHaveLength(1);
    expect(edges("src/index.ts", 'import "./cli/main.js";')).toHaveLength(1);
    expect(edges("src/newcomer/a.ts", "")).toEqual([
      "src/newcomer/a.ts: src/newcomer is not in the layer table",
    ]);
  });

  test("types pass where values do not", () => {
    const from = (text: string) => forbiddenEdges("src/analysis/a.ts", text);
    expect(from('import type { Run } from "../runs/openRun.js";')).toEqual([]);
    expect(from('import { type Run } from "../runs/openRun.js";')).toEqual([]);
    expect(from('export type { Run } from "../runs/openRun.js";')).toEqual([]);
    expect(from('import { type Run, openRun } from "../runs/openRun.js";')).toEqual([
      "src/analysis/a.ts: analysis → runs may import types only (../runs/openRun.js)",
    ]);
    expect(from('import "../runs/openRun.js";')).toHaveLength(1);
    expect(from('import { TurncoatError } from "../errors.js";\nimport { mean } from "./mean.js";')).toEqual(
      [],
    );
  });
});

describe("rooms", () => {
  test.each(Object.keys(floors))("of %s import downwards only, and each has its floor", (folder) => {
    expect(climbingRooms(folder, everything)).toEqual([]);
  });

  test("a planted step upwards and a room without a floor are caught", () => {
    const graph = importGraph(
      ["src/analysis/series/a.ts", "src/analysis/geometry/b.ts", "src/analysis/new/c.ts"],
      (path) => (path.includes("series") ? 'import type { B } from "../geometry/b.js";' : ""),
    );
    expect(climbingRooms("src/analysis", graph)).toEqual([
      "src/analysis: series → geometry is not below it",
      "src/analysis/new has no floor",
    ]);
  });

  test("no files and no folders of src, bench and test import each other in a circle, types included", () => {
    expect(everything.size).toBeGreaterThan(500);
    expect(circles(everything)).toEqual([]);
  });

  test("planted circles of files and of folders are caught", () => {
    const texts: Readonly<Record<string, string>> = {
      "src/a/one.ts": 'import type { Two } from "./two.js";',
      "src/a/two.ts": 'export * from "./three.js";',
      "src/a/three.ts": 'import { one } from "./one.js";',
      "src/b/deep/four.ts": 'import { five } from "../../c/five.js";',
      "src/c/five.ts": "",
      "src/c/six.ts": 'const late = await import("../b/seven.js");',
      "src/b/seven.ts": "",
    };
    const graph = importGraph(Object.keys(texts), (path) => texts[path] ?? "");
    expect(circles(graph)).toEqual([
      "files: src/a/one.ts ⇄ src/a/three.ts ⇄ src/a/two.ts",
      "in src: b ⇄ c",
      "in src/a: one.ts ⇄ three.ts ⇄ two.ts",
    ]);
  });

  test("tests and benchmarks share helpers: a benchmark may import test/support, a test imports no benchmark", () => {
    const across = [...everything].flatMap(([path, targets]) =>
      targets
        .filter((target) =>
          path.startsWith("bench/")
            ? target.startsWith("test/") && !target.startsWith("test/support/")
            : target.startsWith("bench/"),
        )
        .map((target) => `${path} → ${target}`),
    );
    expect(across).toEqual([]);
  });

  test(`none holds more than ${mostFiles} files`, () => {
    const folders = ["src", "bench", "test"].flatMap((top) => [
      top,
      ...readdirSync(top, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isDirectory())
        .map((entry) => `${entry.parentPath}/${entry.name}`),
    ]);
    const crowded = folders.filter(
      (folder) =>
        readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isFile()).length > mostFiles,
    );
    expect(crowded).toEqual([]);
  });
});
