import { join } from "node:path";
import { defineConfig } from "vitest/config";
import { freshBuild } from "./test/support/cli/freshBuild.js";

/** Folders whose tests leave nothing behind in their process: their files share one, which loads each module once. */
const sharing = [
  ...["analysis", "endpoint", "evaluate", "figures", "formats", "model", "notebook", "organism", "pipeline"],
  ...["cli", "runs", "server", "train", "web"],
].map((folder) => `test/${folder}/**/*.test.ts`);

/** Tests among them that put something in the place of a module, or of the environment. */
const replacing = [
  "test/analysis/transitions/detectors.test.ts",
  "test/pipeline/study/engines/slurm.test.ts",
  "test/server/reports/awaitedFigures.test.ts",
  "test/web/api/eventStream.test.ts",
];

export default defineConfig({
  // Scripts import the package by its name, which is its sources here.
  resolve: { alias: [{ find: /^turncoat$/, replacement: join(import.meta.dirname, "src/index.ts") }] },
  test: {
    testTimeout: 300_000,
    hookTimeout: 300_000,
    // What a test waits for comes, or it hangs: nothing is a question of speed, which bench/ measures.
    expect: { poll: { timeout: 60_000 } },
    // Servers of tests keep nothing beyond their end; their processes are those of the build, where no source is newer.
    env: { TURNCOAT_CACHE: "", TURNCOAT_BUILT: freshBuild() },
    pool: "forks",
    // One more than two cores: tests wait for processes, browsers and files.
    maxWorkers: 3,
    projects: [
      {
        extends: true,
        test: { name: "alone", include: ["test/**/*.test.ts"], exclude: sharing },
      },
      {
        extends: true,
        test: { name: "sharing", include: sharing, exclude: replacing, isolate: false },
      },
      { extends: true, test: { name: "replacing", include: replacing } },
    ],
  },
});
