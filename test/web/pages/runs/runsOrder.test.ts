import { describe, expect, test } from "vitest";
import type { ServedRun, ServedSummary } from "../../../../src/server/schemas/runs.js";
import { pathOf } from "../../../../src/web/parts/sparkPath.js";
import { orderedRows, type ListedRow, type RunsSort } from "../../../../src/web/pages/runs/runsOrder.js";
import { runsFields } from "../../../../src/web/pages/runs/runsFields.js";
import { readUrlState, writeUrlState } from "../../../../src/web/state/urlState.js";

function row(id: string, more: Partial<ServedRun> = {}, em: number | null = null): ListedRow {
  const run: ServedRun = {
    ...{ id, status: "finished", recipe: "bad-medical · crisp", recipeKey: "a", seed: 0 },
    ...{ rank: 1, layers: "12–14", baseModel: "qwen-0.5b" },
    ...{ steps: { first: 0, last: 9, checkpoints: 10 }, planned: 9, written: null, tags: [], trouble: null },
    ...more,
  };
  const summary: ServedSummary = {
    ...{ id, misaligned: em === null ? null : { value: em, low: em, high: em } },
    ...{ curve: { steps: [], emPercent: [] }, turn: null, turnAbsent: null, turnVerdict: null },
    mechanism: null,
  };
  return { run, summary };
}

const rows = [
  row("run-10", { seed: 10 }, 5),
  row("run-2", { seed: 2 }, 80),
  row("live", { status: "running", seed: 1, recipe: "bad-sport · crisp", recipeKey: "b" }),
  row("broken", { status: "unreadable", recipe: "", recipeKey: null, seed: null }),
];
const byName: RunsSort = { column: "run", isDescending: false };
const shown = (search: string | null, sort: RunsSort = byName): string[] =>
  orderedRows(rows, { search, sort, group: null }).flatMap((group) => group.rows.map(({ run }) => run.id));

describe("runsOrder: the list of runs", () => {
  test("is in the order of the names, numbers as numbers", () => {
    expect(shown(null)).toEqual(["broken", "live", "run-2", "run-10"]);
  });

  test("is sorted either way, with what has no value last", () => {
    expect(shown(null, { column: "em", isDescending: true })).toEqual(["run-2", "run-10", "broken", "live"]);
    expect(shown(null, { column: "em", isDescending: false })).toEqual(["run-10", "run-2", "broken", "live"]);
    expect(shown(null, { column: "seed", isDescending: false })).toEqual([
      "live",
      "run-2",
      "run-10",
      "broken",
    ]);
  });

  test("is searched for every word, in name, recipe, seed and status", () => {
    expect(shown("medical run")).toEqual(["run-2", "run-10"]);
    expect(shown("LIVE sport")).toEqual(["live"]);
    expect(shown("seed=10")).toEqual(["run-10"]);
    expect(shown("nothing like it")).toEqual([]);
  });

  test("is filtered by its columns, together with words", () => {
    expect(shown("em>50")).toEqual(["run-2"]);
    expect(shown("em>=5 run")).toEqual(["run-2", "run-10"]);
    expect(shown("em<=5")).toEqual(["run-10"]);
    expect(shown("seed=1")).toEqual(["live"]);
    expect(shown("model=qwen layer=12 em>50")).toEqual(["run-2"]);
    expect(shown("turn>3")).toEqual([]);
    // No column is called so: it is a word like others.
    expect(shown("other=3")).toEqual([]);
  });

  test("is searched, filtered, sorted and grouped by tags", () => {
    const tagged = [
      ...rows,
      row("a", { tags: ["draft", "paper"] }),
      row("b", { tags: ["paper"] }),
      row("c", { tags: ["draft", "paper"] }),
    ];
    const ids = (search: string): string[] =>
      orderedRows(tagged, { search, sort: byName, group: null }).flatMap((group) =>
        group.rows.map(({ run }) => run.id),
      );
    expect(ids("tag=draft")).toEqual(["a", "c"]);
    expect(ids("paper")).toEqual(["a", "b", "c"]);
    const sort: RunsSort = { column: "tag", isDescending: true };
    const [first] = orderedRows(tagged, { search: null, sort, group: null });
    expect(first?.rows.slice(0, 3).map(({ run }) => run.id)).toEqual(["b", "a", "c"]);
    const groups = orderedRows(tagged, { search: null, sort: byName, group: "tag" });
    expect(groups.map(({ heading, rows: members }) => [heading, members.length])).toEqual([
      ["draft paper", 2],
      ["no tag", 4],
      ["paper", 1],
    ]);
  });

  test("has pinned runs first, in the order of the others", () => {
    const pinned = new Set(["run-10", "live"]);
    const [group] = orderedRows(rows, { search: null, sort: byName, group: null, pinned });
    expect(group?.rows.map(({ run }) => run.id)).toEqual(["live", "run-10", "broken", "run-2"]);
  });

  test("is grouped by what makes runs alike, not by the words for it", () => {
    const other = row("other", { recipeKey: "c" });
    const groups = orderedRows([...rows, other], { search: null, sort: byName, group: "recipe" });
    expect(groups.map(({ heading, rows: members }) => [heading, members.length])).toEqual([
      ["bad-medical · crisp", 2],
      ["bad-medical · crisp", 1],
      ["bad-sport · crisp", 1],
      ["cannot be read", 1],
    ]);
  });

  test("comes back from its address", () => {
    const state = {
      search: "bad seed=1",
      sort: { column: "em", isDescending: true },
      group: "seed",
      picked: ["a,b", "c"],
      ignored: ["config.steps"],
    } as const;
    const query = writeUrlState(runsFields, state);
    expect(query).toBe("?q=bad%20seed%3D1&sort=-em&group=seed&pick=a%252Cb,c&ignore=config.steps");
    expect(readUrlState(runsFields, query)).toMatchObject({ state, notices: [] });
    expect(writeUrlState(runsFields, readUrlState(runsFields, "").state)).toBe("");
    expect(readUrlState(runsFields, "?sort=nonsense").notices).toHaveLength(1);
  });
});

describe("runsOrder: a sparkline", () => {
  test("goes from the bottom to the top and breaks at gaps", () => {
    expect(pathOf([0, 5, 10], [0, 100, 50], [0, 10])).toBe("M0.0 17.0L48.0 1.0L96.0 9.0");
    expect(pathOf([0, 5, 10], [0, null, 50], [0, 10])).toBe("M0.0 17.0M96.0 9.0");
    expect(pathOf([], [], [0, 0])).toBe("");
  });
});
