/* Figures of a run: pure functions from a record to Plotly data, with caption, formula, caveat, source and table. */
export type { Figure, FigureMeta, FigureOptions, FigureTable, NamedFigure } from "../figures/figure.js";
export { behaviorFigure } from "../figures/run/behaviorFigure.js";
export { behaviorScalesFigure } from "../figures/run/behaviorScalesFigure.js";
export { changeFigure } from "../figures/run/changeFigure.js";
export { compFigure } from "../figures/run/compFigure.js";
export { cosineHeatmapFigure } from "../figures/run/cosineHeatmapFigure.js";
export { cosineToFinalFigure } from "../figures/run/cosineToFinalFigure.js";
export { gradientNormFigure } from "../figures/run/gradientNormFigure.js";
export { incrementRankFigure } from "../figures/run/incrementRankFigure.js";
export { likelihoodFigure } from "../figures/run/likelihoodFigure.js";
export { localCosineFigure } from "../figures/run/localCosineFigure.js";
export { lossFigure } from "../figures/run/lossFigure.js";
export { normsFigure } from "../figures/run/normsFigure.js";
export { pathShapeFigure } from "../figures/run/pathShapeFigure.js";
export { pcaPathFigure } from "../figures/run/pcaPathFigure.js";
export { controlDifferenceFigure } from "../figures/run/controlDifferenceFigure.js";
export { dispositionFigure } from "../figures/run/activations/dispositionFigure.js";
export { probeFigure } from "../figures/run/activations/probeFigure.js";
export { probeLayersFigure } from "../figures/run/activations/probeLayersFigure.js";
export { quadrantFigure } from "../figures/run/quadrantFigure.js";
export { coefficientsFigure } from "../figures/scalars/coefficientsFigure.js";
export { updateMapFigure } from "../figures/run/updateMapFigure.js";
export { compareDirectionsFigure } from "../figures/compare/compareDirectionsFigure.js";
export { timelineFigure } from "../figures/run/timelineFigure.js";

/* One's own curves in the same style, and any figure as SVG without a browser. */
export { curvesFigure, type CurvesRequest, type OwnCurve } from "../figures/own/curvesFigure.js";
export { figureSvg, svgWidths, type PrintedFigure, type SvgOptions } from "../figures/static/figureSvg.js";
export { stackedSvg } from "../figures/static/stackedSvg.js";
