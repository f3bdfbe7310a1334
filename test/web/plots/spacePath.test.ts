import { describe, expect, test } from "vitest";
import { projected, spaceTraces } from "../../../src/web/plots/spacePath.js";
import { cameraField, turned } from "../../../src/web/state/camera.js";

describe("projected", () => {
  test("looks at the plane of the first two components from above", () => {
    const [right, up] = projected([2, 3, 5], { turn: 0, tilt: 90 });
    expect(right).toBeCloseTo(2, 12);
    expect(up).toBeCloseTo(3, 12);
  });

  test("looks along PC2 from the front, and along PC1 a quarter turn on", () => {
    expect(projected([2, 3, 5], { turn: 0, tilt: 0 })).toEqual([2, 5]);
    const [right, up] = projected([2, 3, 5], { turn: 90, tilt: 0 });
    expect(right).toBeCloseTo(-3, 12);
    expect(up).toBeCloseTo(5, 12);
  });

  test("never makes a distance longer", () => {
    for (let turn = -180; turn < 180; turn += 30) {
      for (let tilt = -90; tilt <= 90; tilt += 30) {
        expect(Math.hypot(...projected([1, 2, 2], { turn, tilt }))).toBeLessThanOrEqual(3 + 1e-12);
      }
    }
  });
});

describe("spaceTraces", () => {
  const table = {
    columns: ["step", "PC1", "PC2", "PC3"],
    rows: [
      [0, 0, 0, 0],
      [1, 1, 2, 4],
      [2, null, null, null],
    ],
  };
  const path = { type: "scatter", x: [0, 1, null], y: [0, 2, null], customdata: [0, 1, 2] } as const;

  test("moves each point to where its third component puts it; a gap stays a gap", () => {
    const traces = spaceTraces([path], table, { turn: 0, tilt: 0 }, "#000000");
    expect(traces?.map(({ name }) => name)).toEqual(["PC1", "PC2", "PC3", undefined]);
    expect(traces?.at(-1)).toMatchObject({ x: [0, 1, null], y: [0, 4, null], customdata: [0, 1, 2] });
  });

  test("draws the three axes equally long", () => {
    const [one, , three] = spaceTraces([path], table, { turn: 0, tilt: 0 }, "#000000") ?? [];
    expect([one?.x, three?.y]).toEqual([
      [0, 4],
      [0, 4],
    ]);
  });

  test("is nothing where there is no third component", () => {
    const flat = { columns: ["step", "PC1", "PC2"], rows: [] };
    expect(spaceTraces([path], flat, { turn: 0, tilt: 0 }, "#000000")).toBeNull();
  });
});

describe("the camera", () => {
  test("turns with the pointer, all the way round but not over the top", () => {
    expect(turned({ turn: 170, tilt: 0 }, 50, 0)).toEqual({ turn: -170, tilt: 0 });
    expect(turned({ turn: 0, tilt: 80 }, 0, 100)).toEqual({ turn: 0, tilt: 90 });
  });

  test("is in the address", () => {
    const field = cameraField("cam");
    expect(field.format({ turn: -30, tilt: 25 })).toBe("-30_25");
    expect(field.parse("-30_25")).toEqual({ turn: -30, tilt: 25 });
    expect(field.parse("here")).toBeUndefined();
  });
});
