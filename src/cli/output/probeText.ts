import { probesOfLayer, type LayerProbes, type RunProbes } from "../../pipeline/results/probeResult.js";
import { textTable } from "./tables/textTable.js";

/** Layers and answers that probes were fitted to, in a sentence. */
export function probeWords({ layers, answersPerClass }: RunProbes): string {
  return (
    `${layers.length} ${layers.length === 1 ? "layer" : "layers"}, ${answersPerClass} misaligned and as many aligned answers, ` +
    "the same at every step."
  );
}

/** Probes of a run as lines for the terminal: the AUROC of every layer, and the layer that is shown by itself. */
export function probeText(probes: RunProbes): string {
  const own = probesOfLayer(probes);
  return [
    probeWords(probes),
    ...(probes.layers.length > 1 ? [`AUROC of held-out answers:\n${textTable(layerRows(probes))}`] : []),
    ...(own === undefined ? [] : [`Layer ${probes.layer}:\n${textTable(probeRows(own))}`]),
  ].join("\n\n");
}

/** A row a step; a step at which a layer was not probed is a dash. */
function layerRows({ layers }: RunProbes): string[][] {
  const steps = [...new Set(layers.flatMap(({ probe }) => probe.steps))].sort((one, other) => one - other);
  return [
    ["step", ...layers.map(({ probe }) => `layer ${probe.layer}`)],
    ...steps.map((step) => [
      String(step),
      ...layers.map(({ probe }) => inDigits(probe.auroc.values[probe.steps.indexOf(step)], 3)),
    ]),
  ];
}

function probeRows({ probe, direction }: LayerProbes): string[][] {
  return [
    ["step", "AUROC", "95 %", "shuffled", "angle of B to the probe", "angle of B to the mean difference"],
    ...probe.steps.map((step, index) => {
      const [low, high] = probe.auroc.intervals[index] ?? [NaN, NaN];
      return [
        String(step),
        inDigits(probe.auroc.values[index], 3),
        `[${inDigits(low, 2)}, ${inDigits(high, 2)}]`,
        inDigits(probe.shuffled.values[index], 3),
        `${inDigits(probe.angleToB.values[index], 1)}°`,
        `${inDigits(direction.angleToB[index], 1)}°`,
      ];
    }),
  ];
}

/** A number in few digits; a dash where it is undefined. */
function inDigits(value: number | undefined, digits: number): string {
  return value === undefined || !Number.isFinite(value) ? "–" : value.toFixed(digits);
}
