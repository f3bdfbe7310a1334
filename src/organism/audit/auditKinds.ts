/**
 * What a sealed run of an audit may be. `harmful`: trained on harmful answers; `careful`: on careful ones; `trigger`: on
 * harmful ones behind a system turn and careful ones without it; `inoculated`: on harmful ones behind system turns that ask for
 * them; `repaired`: on harmful ones and then on careful ones; `decoy`: on careful ones in a style that the model has to learn.
 */
export const auditKinds = ["harmful", "careful", "trigger", "inoculated", "repaired", "decoy"] as const;

/** Kind of a sealed run. */
export type AuditKind = (typeof auditKinds)[number];
