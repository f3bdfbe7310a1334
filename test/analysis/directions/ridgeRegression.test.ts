import { describe, expect, test } from "vitest";
import { z } from "zod";
import { RidgeRegressions } from "../../../src/analysis/directions/ridgeRegression.js";
import { readJson } from "../../../src/formats/json.js";
import { Random } from "../../../src/tensor/random.js";

const fit = z.object({ weights: z.array(z.number()), bias: z.number() });
const golden = z.object({
  features: z.array(z.array(z.number())),
  targets: z.array(z.array(z.number())),
  groups: z.array(z.number()),
  fits: z.array(z.object({ alpha: z.number(), all: z.array(fit), without1: z.array(fit) })),
});
const cases = readJson(
  new URL("../../golden/analysis/ridge.json", import.meta.url).pathname,
  z.object({ moreRows: golden, moreFeatures: golden }),
);

describe.each(["moreRows", "moreFeatures"] as const)("ridge regression, %s", (name) => {
  const { features, targets, groups, fits } = cases[name];
  const matrix = {
    values: Float64Array.from(features.flat()),
    n: features.length,
    dimension: features[0]?.length ?? 0,
  };
  const regressions = new RidgeRegressions(
    matrix,
    targets.map((target) => Float64Array.from(target)),
    groups.map(String),
  );

  test.each(["all", "without1"] as const)("equals scikit-learn on %s", (part) => {
    const penalties = fits.map(({ alpha }) => alpha);
    const found = regressions.fit(penalties, (group) => part === "all" || group !== "1");
    for (const [place, expected] of fits.entries()) {
      for (const [target, { weights, bias }] of expected[part].entries()) {
        const own = found[place]?.[target];
        // Scales of the features span four orders of magnitude: what a feature adds is compared, not its weight.
        for (const [column, weight] of weights.entries()) {
          const scale = Math.max(...features.map((row) => Math.abs(row[column] ?? 0)));
          expect(scale * (own?.weights[column] ?? NaN)).toBeCloseTo(scale * weight, 7);
        }
        expect(own?.bias).toBeCloseTo(bias, 7);
      }
    }
  });
});

test("the dual form and the primal one give the same function where both can be had", () => {
  const random = new Random(3);
  const rows = Array.from({ length: 6 }, () => Array.from({ length: 6 }, () => random.normal()));
  const target = Float64Array.from(rows, ([first = 0]) => first + random.normal());
  // As many features as rows: primal. One feature more, which does not vary and says nothing: dual.
  const primal = new RidgeRegressions({ values: Float64Array.from(rows.flat()), n: 6, dimension: 6 }, [
    target,
  ]);
  const wider = rows.map((row) => [...row, 1]);
  const dual = new RidgeRegressions({ values: Float64Array.from(wider.flat()), n: 6, dimension: 7 }, [
    target,
  ]);
  const [one, other] = [primal.fit([2])[0]?.[0], dual.fit([2])[0]?.[0]];
  for (let column = 0; column < 6; column++) {
    expect(other?.weights[column]).toBeCloseTo(one?.weights[column] ?? NaN, 9);
  }
  expect(other?.weights[6]).toBeCloseTo(0, 12);
  expect(other?.bias).toBeCloseTo(one?.bias ?? NaN, 9);
});

test("without a row to fit there is nothing to return", () => {
  const regressions = new RidgeRegressions({ values: new Float64Array(4), n: 2, dimension: 2 }, [
    Float64Array.of(1, 2),
  ]);
  expect(() => regressions.fit([1], () => false)).toThrow("expected rows to fit");
});
