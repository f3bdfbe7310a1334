import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import {
  factorResults,
  factorTables,
  readFactorResults,
  readStudy,
  tablesMarkdown,
  withStudySection,
} from "../../../src/index.js";
import { temporaryFolder } from "../../support/temporaryFolder.js";

const kept = "data/studies/findings.json";
const results = readFactorResults(kept);
const study = readStudy("configs/findings.yaml");

test("the findings hold the tables that the kept numbers make", () => {
  const document = readFileSync("docs/findings.md", "utf8");
  expect(withStudySection(document, tablesMarkdown(factorTables(results)), "docs/findings.md")).toBe(
    document,
  );
});

test("the kept numbers are of the study: every run once, each harmful one with its control, seeds crossed with rates and orders", () => {
  const harmful = results.rows.filter(({ arm }) => arm === "harmful");
  expect(new Set(results.rows.map(({ run }) => run)).size).toBe(results.rows.length);
  expect(results.rows.length).toBe(2 * harmful.length);
  const seeds = [...new Set(harmful.map(({ seed }) => seed))];
  expect(study.seeds).toEqual(expect.arrayContaining(seeds));
  expect(harmful.length).toBe(seeds.length * study.recipes.length);
  for (const { name, settings } of study.recipes) {
    const own = harmful.filter(({ run }) => run.includes(`-${name}-`));
    expect(own.map(({ rate, order }) => [rate, order])).toEqual(
      seeds.map(() => [settings.schedule?.peak, settings.dataSeed]),
    );
  }
});

describe("results of a study that crosses rates and orders", () => {
  test("of runs that are not there are none", () => {
    expect(factorResults(study, { title: study.title, pairs: [], faults: [] }).rows).toEqual([]);
  });

  test("are refused where a recipe does not say its rate and order, or a kept number is none", () => {
    const plain = readStudy("configs/real.yaml");
    const [recipe] = plain.recipes;
    const pair = {
      ...{
        name: "one",
        model: "m",
        data: "d",
        recipe: recipe?.name ?? "",
        seed: 0,
        harmful: null,
        control: null,
      },
      ...{
        verdict: null,
        updateCosine: null,
        gapDifference: null,
        dispositionDifference: null,
        emDifferences: [],
      },
    };
    expect(() => factorResults(plain, { title: "", pairs: [pair], faults: [] })).toThrow(
      "recipes.rank1: expected schedule.peak and dataSeed, found none",
    );
    const path = join(temporaryFolder(), "kept.json");
    writeFileSync(path, readFileSync(kept, "utf8").replace(/"seed":\d+/, '"seed":"zero"'));
    expect(() => readFactorResults(path)).toThrow(/kept\.json: field rows\[0\]\.seed: expected number/);
  });
});
