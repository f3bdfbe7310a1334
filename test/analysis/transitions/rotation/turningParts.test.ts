import { describe, expect, test } from "vitest";
import type { AdapterOfUpdate } from "../../../../src/analysis/geometry/whole/wholeUpdate.js";
import {
  turningParts,
  turningWords,
  type TurningParts,
} from "../../../../src/analysis/transitions/rotation/turningParts.js";
import { bentParts, isBent, partPaths, straightParts } from "../../../support/trials/partTrials.js";

const options = { windows: [5, 10], frozenBelow: 0.02 };
/** An adapter for each part, one a layer. */
function adaptersNamed({ parts }: TurningParts): AdapterOfUpdate[] {
  return parts.map(({ name }, layer) => ({
    ...{ name, layer, rank: 1, projection: "down_proj", adapters: 1 },
    ...{ share: NaN, norm: NaN, length: NaN, bend: null },
  }));
}

const shape = { parts: 24, steps: 60, seed: 5 };

describe("the test of many parts", () => {
  test("names those that turn, near the step, and no other", () => {
    const family = bentParts.find(({ name }) => name === "90°, noise 1");
    if (family === undefined) throw new Error("no such family");
    const tested = turningParts(partPaths(family, shape), options);
    for (const [index, { turns, step, bend, pValue }] of tested.parts.entries()) {
      expect(turns).toBe(isBent(family, index, shape.parts));
      if (!turns) continue;
      expect(Math.abs((step ?? NaN) - 30)).toBeLessThan(4);
      expect(bend).toBeGreaterThan(60);
      expect(pValue).toBe(0.01);
    }
    const whole = { turning: tested, adapters: adaptersNamed(tested) };
    expect(turningWords(whole)).toMatch(
      /^5 of 24 adapters turn, in layers 0–4 \(error over all 24 at most 5 %, k = 5 or 10\); the most part \d at (29|3\d) by \d+°\.$/,
    );
  });

  test.each(straightParts.filter(({ memory }) => memory === undefined))(
    "names none where none turns: $name",
    (family) => {
      const tested = turningParts(partPaths(family, shape), options);
      expect(tested.parts.filter(({ turns }) => turns)).toEqual([]);
      expect(turningWords({ turning: tested, adapters: adaptersNamed(tested) })).toMatch(
        /^Of no adapter alone can a turn be told from noise/,
      );
    },
  );

  test("says where noise hides every direction, and that a short run holds none", () => {
    const [family] = straightParts.filter(({ name }) => name === "no direction at all");
    if (family === undefined) throw new Error("no such family");
    const hidden = turningParts(partPaths(family, shape), options);
    expect(hidden.parts.every(({ step, turns }) => step === null && !turns)).toBe(true);
    expect(turningWords({ turning: hidden, adapters: adaptersNamed(hidden) })).toContain(
      "noise hides the direction of 24",
    );
    const short = turningParts(partPaths(family, { ...shape, steps: 3 }), options);
    expect(short.parts.every(({ step, turns, pValue }) => step === null && !turns && pValue === 1)).toBe(
      true,
    );
    expect(turningParts([], options).parts).toEqual([]);
  });

  test("gives the same answer twice", () => {
    const [family] = bentParts;
    if (family === undefined) throw new Error("no family");
    const paths = partPaths(family, shape);
    expect(turningParts(paths, options)).toEqual(turningParts(paths, options));
  });
});
