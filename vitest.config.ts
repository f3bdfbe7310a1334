import { join } from "node:path";
import { defineConfig } from "vitest/config";

export default defineConfig({
  // Scripts import the package by its name, which is its sources here.
  resolve: { alias: [{ find: /^turncoat$/, replacement: join(import.meta.dirname, "src/index.ts") }] },
  test: {
    include: ["test/**/*.test.ts"],
    testTimeout: 120_000,
    hookTimeout: 120_000,
    // What a test waits for comes, or it hangs: nothing is a question of speed, which bench/ measures.
    expect: { poll: { timeout: 60_000 } },
    // Servers of tests keep nothing beyond their end.
    env: { TURNCOAT_CACHE: "" },
    pool: "forks",
    maxWorkers: 2,
  },
});
