/* Interventions: directions added, taken out, adapters scaled, each beside random ones and the base. */
export { steer, steerAlong, type Steering, type SteeringChoice } from "../pipeline/directions/steering.js";
export { interventionRows, type InterventionRow } from "../analysis/interventions/interventionRows.js";
export { interventionSentences } from "../analysis/interventions/interventionWords.js";
export { interventionFigures } from "../figures/interventions/interventionFigures.js";
export { ablateConditions, type AblateRequest } from "../pipeline/interventions/ablateConditions.js";
export { interventionTable, runInterventions } from "../pipeline/interventions/runInterventions.js";
export { scaleConditions, type ScaleRequest } from "../pipeline/interventions/scaleConditions.js";
export { steerConditions, type SteerRequest } from "../pipeline/interventions/steerConditions.js";
