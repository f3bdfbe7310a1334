/* Geometry of adapters: directions over steps, their cosines, paths, components and updates. */
export type {
  AdapterAnalysis,
  AdapterInput,
  DirectionAnalysis,
  UpdateAnalysis,
} from "../analysis/geometry/adapterRecord.js";
export type { AdapterOfUpdate, PartOfUpdate, WholeUpdate } from "../analysis/geometry/whole/wholeUpdate.js";
export { directionTrajectory, type DirectionTrajectory } from "../analysis/geometry/trajectory.js";
export {
  angleBetween,
  angleToDirection,
  cosineSimilarity,
  pairwiseCosine,
  randomAngleDeviation,
  type CosineReference,
  type PairwiseCosine,
} from "../analysis/geometry/cosines.js";
export {
  localCosineSimilarity,
  localCosineWindows,
  type LocalCosineOptions,
  type LocalCosineSimilarity,
} from "../analysis/geometry/localCosineSimilarity.js";
export { norms, pathCurvature, pathLength, pathSpeed } from "../analysis/geometry/pathShape.js";
export { effectiveRank, incrementRank, participationRatio } from "../analysis/geometry/effectiveRank.js";
export { leadingComponents } from "../analysis/geometry/leadingComponents.js";
export { pca, type PcaOptions, type PcaResult } from "../analysis/geometry/pca.js";
export {
  compScore,
  compSeries,
  compToFinal,
  type CompMeaning,
  type CompSeries,
} from "../analysis/geometry/comp.js";
export { updateInnerProduct, type WeightUpdate } from "../analysis/geometry/update/weightUpdate.js";
export { singularValues, updateRank } from "../analysis/geometry/update/updateSpectrum.js";

/* Random projections: adapters and updates as a few numbers a step, their files, and the error of cosines from them. */
export {
  AdapterProjector,
  usualProjection,
  type AdapterDirections,
  type Projection,
} from "../formats/directions/adapterProjector.js";
export {
  encodeDirections,
  readDirections,
  type DirectionsFile,
} from "../formats/directions/directionsFile.js";
export { UpdateSketch } from "../formats/directions/updateSketch.js";
export { countSketch } from "../tensor/countSketch.js";
export { cosineBound, projectionBounds, type PairProducts } from "../analysis/geometry/projectionError.js";
