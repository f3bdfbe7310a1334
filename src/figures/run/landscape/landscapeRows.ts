import {
  efficiencyAlongFigure,
  lossAtNormFigure,
  stabilityAlongFigure,
} from "../../landscape/landscapeAlongFigures.js";
import type { FigurePlace, RunFigure } from "../runFigure.js";

const drawn = [
  { id: "landscape-loss", title: "Loss at equal norm along training", figure: lossAtNormFigure },
  { id: "landscape-efficiency", title: "Efficiency along training", figure: efficiencyAlongFigure },
  { id: "landscape-stability", title: "Loss under noise along training", figure: stabilityAlongFigure },
] as const;

/** Rows of the registry of what `turncoat landscape --steps` keeps: the run beside others at equal norm, and under noise. */
export function landscapeRows(place: FigurePlace): RunFigure[] {
  return drawn.map(({ id, title, figure }) => ({
    ...{ id, title, place },
    needs: { from: "landscape", awaited: null },
    draw: ({ analysis, landscapeAlong = null }, options) =>
      landscapeAlong === null ? null : figure(landscapeAlong, { ...options, analysis }),
  }));
}
