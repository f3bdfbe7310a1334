import { createHash } from "node:crypto";
import { join } from "node:path";
import { messageOf } from "../../errors.js";
import { usuallyIgnored } from "../../pipeline/catalog/usuallyIgnored.js";
import { listedRun } from "../../pipeline/catalog/listedRun.js";
import { runFingerprint } from "../../pipeline/processes/runFingerprint.js";
import { writeTags } from "../../runs/annotations/tags.js";
import { statusOf } from "../../runs/isFolder.js";
import { tagsFile } from "../../runs/layout.js";
import { runRow } from "../reports/runRow.js";
import type { RunStore } from "../reports/runStore.js";
import { runParams } from "../schemas/common.js";
import {
  diffQuery,
  diffSchema,
  runsSchema,
  stampsSchema,
  summariesSchema,
  summarySchema,
  tagsSchema,
  type ServedSummaries,
} from "../schemas/runs.js";
import { jsonRoute, type Route } from "./route.js";

/** Milliseconds that an answer may take to make summaries that are not kept yet. */
const longestRequest = 300;

/** Routes to the list of runs, the numbers of its rows, and the settings in which runs differ. */
export function runsRoutes(store: RunStore): Route[] {
  return [
    jsonRoute({
      method: "get",
      path: "/runs",
      summary: "The runs, without reading a checkpoint",
      response: runsSchema,
      answer: () => {
        const now = Date.now();
        const runs = [...store.list()].map(([id, directory]) => runRow(listedRun(id, directory, now)));
        return { runs, isStudy: store.study !== null };
      },
    }),
    jsonRoute({
      method: "get",
      path: "/stamps",
      summary: "Which runs there are and whether they have changed, from the times of their files alone",
      response: stampsSchema,
      answer: () => ({
        stamps: [...store.list()].map(([id, directory]) => ({ id, stamp: stampOf(directory) })),
      }),
    }),
    jsonRoute({
      method: "get",
      path: "/runs/:id/summary",
      summary: "The numbers of a run's row, made of its answers",
      params: runParams,
      response: summarySchema,
      answer: async ({ params }) => ({ id: params.id, ...(await store.summaryOf(params.id)) }),
    }),
    jsonRoute({
      method: "get",
      path: "/summaries",
      summary:
        "The numbers of all rows: those that are kept, and as many others as are made in a short while",
      response: summariesSchema,
      answer: ({ signal }) => summaries(store, signal),
    }),
    jsonRoute({
      method: "put",
      path: "/runs/:id/tags",
      summary: "Gives a run tags, in the place of those that it has; answers with them as they are kept",
      params: runParams,
      body: tagsSchema,
      response: tagsSchema,
      answer: ({ params, body }) => ({ tags: [...writeTags(store.directoryOf(params.id), body.tags)] }),
    }),
    jsonRoute({
      method: "get",
      path: "/diff",
      summary: "How the ways differ in which runs were made",
      query: diffQuery,
      response: diffSchema,
      answer: async ({ query }) => {
        const directories = query.run.map((id) => store.directoryOf(id));
        const given = { directories, ignore: [...usuallyIgnored, ...query.ignore] };
        const diff = await store.readRuns("diff", given, directories);
        const text = (value: unknown): string | null => (value === undefined ? null : JSON.stringify(value));
        return {
          ...diff,
          runs: query.run,
          differences: diff.differences.map(({ setting, values }) => ({ setting, values: values.map(text) })),
        };
      },
    }),
  ];
}

function stampOf(directory: string): string {
  const tagged = statusOf(join(directory, tagsFile))?.mtimeMs ?? 0;
  return createHash("sha256")
    .update(`${runFingerprint(directory)}\n${tagged}`)
    .digest("hex")
    .slice(0, 16);
}

/** Collects the summaries of all runs; each in its turn. */
async function summaries(store: RunStore, signal: AbortSignal): Promise<ServedSummaries> {
  const ended = performance.now() + longestRequest;
  const made: ServedSummaries["summaries"][number][] = [];
  const failed: ServedSummaries["failed"][number][] = [];
  const missing: string[] = [];
  const listed = [...store.list()];
  const kept = await store.keptSummaries(listed.map(([, directory]) => directory));
  for (const [index, [id]] of listed.entries()) {
    const summary = kept[index] ?? null;
    if (summary === null) missing.push(id);
    else made.push({ id, ...summary });
  }
  while (missing.length > 0 && performance.now() < ended && !signal.aborted) {
    const id = missing.shift() ?? "";
    try {
      made.push({ id, ...(await store.makeSummary(id)) });
    } catch (error) {
      failed.push({ id, error: messageOf(error) });
    }
  }
  return { summaries: made, failed, pending: missing };
}
