import { resolve } from "node:path";
import { expect, test } from "vitest";
import type { Figure, FigureOptions } from "../../src/figures/figure.js";
import { darkCounterparts } from "../../src/figures/style/palette.js";

/** Path of the stored JSON of a figure. */
export function goldenFigure(name: string): string {
  return resolve("test/golden/figures", `${name}.json`);
}

/** Rounds to six significant digits: enough to see a change, few enough not to see the processor. */
function rounded(_key: string, value: unknown): unknown {
  return typeof value === "number" && Number.isFinite(value) ? Number(value.toPrecision(6)) : value;
}

/**
 * Tests that every figure has to pass, inside a `describe` of its own.
 * @param name of its stored JSON
 */
export function checksOfFigure(name: string, made: (options?: FigureOptions) => Figure): void {
  test("matches its stored JSON", async () => {
    const json = JSON.stringify(made(), rounded, 1) + "\n";
    await expect(json).toMatchFileSnapshot(goldenFigure(name));
  });

  test("holds only what JSON can: no NaN, nothing undefined inside lists", () => {
    const figure = made();
    const text = JSON.stringify(figure, (_key, value: unknown) => {
      if (typeof value === "number" && !Number.isFinite(value)) throw new Error(`${name} holds ${value}`);
      return value;
    });
    expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(figure)));
  });

  test("says what it shows: title, caption, summary, formula, caveat, source and a table", () => {
    const { meta } = made();
    for (const text of [meta.title, meta.caption, meta.summary, meta.formula, meta.caveat, meta.source]) {
      expect(text.length).toBeGreaterThan(5);
      expect(text).not.toMatch(/NaN|undefined,|\[object/);
    }
    expect(meta.table.rows.length).toBeGreaterThan(2);
    for (const row of meta.table.rows) expect(row).toHaveLength(meta.table.columns.length);
  });

  test("keeps the user's view when it is redrawn, and only colours differ between themes", () => {
    const [light, dark] = [made(), made({ theme: "dark" })];
    expect(light.layout.uirevision).toBe("turncoat");
    expect(dark).not.toEqual(light);
    const recolored = JSON.stringify(light).replaceAll(
      /"(#[0-9a-fA-F]{6})([0-9a-fA-F]{2})?"/g,
      (whole: string, color: string, opacity: string | undefined) => {
        const counterpart = darkCounterparts()[color];
        return counterpart === undefined ? whole : `"${counterpart}${opacity ?? ""}"`;
      },
    );
    expect(JSON.parse(recolored)).toEqual(JSON.parse(JSON.stringify(dark)));
  });
}
