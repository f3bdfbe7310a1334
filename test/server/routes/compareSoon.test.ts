import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { buildRunReport } from "../../../src/pipeline/report/runReport.js";
import { startServer, type RunningServer } from "../../../src/server/http/startServer.js";
import { comparisonSchema, type ServedComparison } from "../../../src/server/schemas/compare.js";
import { writeSyntheticRun } from "../../support/syntheticRun.js";
import { temporaryFolder } from "../../support/temporaryFolder.js";

let server: RunningServer | undefined;
afterAll(() => server?.close());

test("a comparison comes as its runs are read, in their order, and the rest when it is asked for again", async () => {
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
  const first = await ask("&have=0");
  expect(first).toMatchObject({ pending: ["second", "third"], runs: [{ id: "first" }] });
  expect(first.figures.length).toBeGreaterThan(0);
  release();
  const all = await ask("");
  expect(all.pending).toEqual([]);
  expect(all.runs.map(({ id }) => id)).toEqual(names);
  // The first keeps its place and its look.
  expect(all.curves[0]).toEqual(first.curves[0]);
});
