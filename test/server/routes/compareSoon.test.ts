import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { buildRunReport } from "../../../src/pipeline/report/runReport.js";
import { startServer, type RunningServer } from "../../../src/server/http/startServer.js";
import { comparisonSchema, type ServedComparison } from "../../../src/server/schemas/compare.js";
import { figureSchema } from "../../../src/server/schemas/figures.js";
import { writeSyntheticRun } from "../../support/syntheticRun.js";
import { temporaryFolder } from "../../support/temporaryFolder.js";

let server: RunningServer | undefined;
afterAll(() => server?.close());

test("a comparison comes as its runs are read, in their order, those still to come by their logs", async () => {
  const runsRoot = temporaryFolder();
  const names = ["first", "second", "third"];
  for (const name of names) writeSyntheticRun(join(runsRoot, name), { steps: 24, turn: 12 });
  let release = (): void => undefined;
  const held = new Promise<void>((resolve) => (release = resolve));
  server = await startServer({
    runsRoot,
    port: 0,
    buildReport: async (directory, options) => {
      if (!directory.endsWith("first")) await held;
      return buildRunReport(directory, options);
    },
  });
  const { url } = server;
  const ask = async (more: string): Promise<ServedComparison> => {
    const query = names.map((name) => `run=${name}`).join("&");
    const response = await fetch(`${url}api/v1/compare?${query}${more}`);
    return comparisonSchema.parse(await response.json());
  };
  const logs = await ask(`&have=-1${names.map((name) => `&byLog=${name}`).join("")}`);
  expect(logs.runs.map(({ id }) => id)).toEqual(names);
  const first = await ask("&have=0");
  expect(first.pending).toEqual(["second", "third"]);
  expect(first.runs.map(({ id }) => id)).toEqual(names);
  expect(first.figures.map(({ id }) => id)).toEqual(
    expect.arrayContaining(["loss", "gradient-norm", "local-cosine"]),
  );
  const rates = first.numbers.find(({ title }) => title === "misaligned at the end");
  expect(rates?.cells.map(({ estimate, reason }) => estimate !== null || reason !== null)).toEqual([
    true,
    false,
    false,
  ]);
  const curvesOf = async (id: string): Promise<number> => {
    const query = names.map((name) => `run=${name}`).join("&");
    const of = `${query}&byLog=second&byLog=third`;
    const response = await fetch(`${url}api/v1/compare/figures/${id}?${of}`);
    return figureSchema.parse(await response.json()).data.length;
  };
  expect([await curvesOf("loss"), await curvesOf("local-cosine")]).toEqual([3, 1]);
  release();
  const all = await ask("");
  expect(all.pending).toEqual([]);
  expect(all.runs.map(({ id }) => id)).toEqual(names);
  // The first keeps its place and its look.
  expect(all.curves[0]).toEqual(first.curves[0]);
});
