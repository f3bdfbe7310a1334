import type { Figure } from "../../src/figures/figure.js";

/** Makes a line of `count` points whose words need escaping. */
export function exampleFigure(count = 3, extraColumns = 0): Figure {
  const steps = Array.from({ length: count }, (_, index) => index);
  const names = Array.from({ length: extraColumns }, (_, index) => `more ${index}`);
  return {
    data: [
      { type: "scatter", name: "loss", x: steps, y: steps.map((step) => (step === 1 ? null : step / 3)) },
    ],
    layout: { title: { text: "A < B" }, xaxis: { title: { text: 'the "step"' } }, yaxis: {} },
    meta: {
      title: "A < B",
      caption: "Caption & <more>.",
      summary: 'Summary with "quotes".',
      formula: "f",
      caveat: "c",
      source: "s",
      table: {
        columns: ["step", "value", ...names],
        rows: steps.map((step) => [step, step === 1 ? null : step / 3, ...names.map(() => 0)]),
      },
    },
  };
}
