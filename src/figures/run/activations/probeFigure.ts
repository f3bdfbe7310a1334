import type { ProbeRecord } from "../../../analysis/directions/probeRecord.js";
import { axis, baseLayout, shareRange, stepAxis } from "../../style/baseLayout.js";
import { confidenceBand } from "../../style/confidenceBand.js";
import {
  rangeWords,
  stepRangeWords,
  tableOf,
  withGaps,
  type Figure,
  type FigureOptions,
} from "../../figure.js";
import { palette } from "../../style/palette.js";

export interface ProbeFigureOptions extends FigureOptions {
  /** Range of the step axis in optimiser steps, such as `stepRange` of the run. @default that of the probes */
  readonly stepRange?: readonly [number, number];
  /** Angle in degrees of B to the mean-difference direction at each of the record's steps. @default not drawn */
  readonly angleToMeanDifference?: readonly number[];
  /** What was trained and writes into the stream: B of an adapter, or a vector v. @default "B" */
  readonly written?: "B" | "v";
}

/** Most held-out groups that the caption names one by one. */
const namedGroups = 4;

/**
 * Draws the held-out AUROC of a linear probe along training with its shuffled-label control, and below it the angle in
 * degrees of B to the probe's direction.
 */
export function probeFigure(record: ProbeRecord, options: ProbeFigureOptions = {}): Figure {
  const colors = palette(options.theme);
  const { steps, layer, auroc, shuffled, angleToB, randomFloorDegrees, n } = record;
  const title = `Probe for misaligned answers, layer ${layer}`;
  const hasAngles = angleToB.values.some((value) => Number.isFinite(value));
  const groups = record.heldOutGroups;
  const heldOut =
    groups.length === 0
      ? "rows held out at random"
      : `held out: ${groups.length > namedGroups ? `${groups.length} whole questions` : groups.join(", ")}`;
  const { written = "B" } = options;
  const toMeanDifference = options.angleToMeanDifference ?? [];
  const smallest = Math.min(...n.filter((count) => count > 0));
  const floor = {
    type: "line",
    xref: "paper",
    x0: 0,
    x1: 1,
    line: { color: colors.control, width: 1, dash: "dot" },
  };
  return {
    data: [
      ...confidenceBand(steps, shuffled.intervals, colors.control, "labels shuffled"),
      ...confidenceBand(steps, auroc.intervals, colors.misaligned, "held-out AUROC"),
      {
        type: "scatter",
        mode: "lines",
        name: "labels shuffled",
        legendgroup: "labels shuffled",
        x: steps,
        y: withGaps(shuffled.values),
        line: { color: colors.control, width: 1.5, dash: "dash" },
        hovertemplate: "%{y:.3f}",
      },
      {
        type: "scatter",
        mode: "lines+markers",
        name: "held-out AUROC",
        legendgroup: "held-out AUROC",
        x: steps,
        y: withGaps(auroc.values),
        line: { color: colors.misaligned, width: 2 },
        marker: { size: 5 },
        hovertemplate: "%{y:.3f}",
      },
      {
        type: "scatter",
        mode: "lines+markers",
        name: `angle of ${written} to the probe`,
        x: steps,
        y: withGaps(angleToB.values),
        yaxis: "y2",
        line: { color: colors.mechanism, width: 2 },
        marker: { size: 5, symbol: "diamond" },
        hovertemplate: "%{y:.1f}°",
      },
      ...(toMeanDifference.length === 0
        ? []
        : [
            {
              type: "scatter" as const,
              mode: "lines+markers",
              name: `angle of ${written} to the mean difference`,
              x: steps,
              y: withGaps(toMeanDifference),
              yaxis: "y2",
              line: { color: colors.mechanism, width: 2, dash: "dash" },
              marker: { size: 5, symbol: "square-open" },
              hovertemplate: "%{y:.1f}°",
            },
          ]),
    ],
    layout: baseLayout(
      title,
      {
        xaxis: stepAxis(options.stepRange ?? null, options, { anchor: "y2" }),
        yaxis: axis("AUROC", options, { range: shareRange, domain: [0.46, 1] }),
      },
      options,
      {
        yaxis2: axis("angle (°)", options, {
          range: [-5, 185],
          domain: [0, 0.36],
          tickvals: [0, 45, 90, 135, 180],
        }),
        shapes: [
          { ...floor, yref: "y", y0: 0.5, y1: 0.5 },
          { ...floor, yref: "y2", y0: 90 - 2 * randomFloorDegrees, y1: 90 - 2 * randomFloorDegrees },
          { ...floor, yref: "y2", y0: 90 + 2 * randomFloorDegrees, y1: 90 + 2 * randomFloorDegrees },
        ],
      },
    ),
    meta: {
      title,
      caption:
        `L2 logistic regression (C = ${record.c}, standardised features) on activations of layer ${layer} at ${stepRangeWords(steps)}; ${heldOut}, ` +
        `${Number.isFinite(smallest) ? `at least ${smallest}` : "no"} held-out answers a step, seed ${record.seed}. Band: 95 % (Hanley–McNeil, score form); grey: the same procedure with shuffled labels, middle 95 % of the repeats. ` +
        (hasAngles
          ? `Below: angle of ${written} to the probe's direction${toMeanDifference.length === 0 ? "" : " and to the mean difference of misaligned and aligned activations"}; dotted: two standard deviations of a random direction (90° ± ${(2 * randomFloorDegrees).toFixed(1)}°).`
          : `The angle to ${written} is not defined: no ${written} of this dimension.`) +
        (record.absent.length > 0
          ? ` Steps without a probe: ${record.absent.length} (${record.absent[0]?.reason ?? ""}).`
          : ""),
      summary: `Held-out AUROC goes ${rangeWords(auroc.values)}; with shuffled labels ${rangeWords(shuffled.values)}.`,
      formula: "AUROC = P(score of a misaligned answer > score of an aligned one), ties one half",
      caveat:
        "Misaligned and aligned answers differ in their words and their length, so a probe can separate the text rather than a disposition: the value at step 0 is what the base model gives on the same answers. The sign of B is arbitrary: θ and 180° − θ are the same line.",
      source:
        "Turncoat; direction from 2506.11618, section 3.1; angle: 2506.11618 reports cos(B, mean difference) = 0.04",
      table: tableOf({
        step: steps,
        AUROC: auroc.values,
        "AUROC low": auroc.intervals.map(([low]) => low),
        "AUROC high": auroc.intervals.map(([, high]) => high),
        "AUROC shuffled": shuffled.values,
        [`angle to ${written} (°)`]: angleToB.values,
        ...(toMeanDifference.length === 0
          ? {}
          : { [`angle of ${written} to the mean difference (°)`]: toMeanDifference }),
        n,
      }),
    },
  };
}
