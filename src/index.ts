/**
 * Turncoat's public entry: everything that analysis scripts and notebooks use, room by room.
 *
 * A **run** is one training with one configuration and seed, kept in a run directory. A **step** is an optimiser step; 0
 * is the start. A **checkpoint** is the adapter, or the weights, at one step. A **gap** is a step or value that is
 * missing, with its reason: NaN in memory, null in JSON, never 0. A **trajectory** is a direction (a row of A, a column
 * of B) over the stored steps. A **factor** (`scale`) multiplies the adapter; 1 is as trained. An **evaluation** is a set
 * of answers made and judged in one way. **Behaviour** is the percentage of answers that are misaligned, and of those
 * that are coherent; it is broad outside of the fine-tuned domain. A **transition** is a step that a detector found and
 * a test accepted, with an interval and its method; an **event** is anything that has a place on the time line of a run.
 *
 * `docs/glossary.md` defines every word, and `docs/methods.md` gives the formulas.
 */

export * from "./entry/engine.js";
export * from "./entry/models.js";
export * from "./entry/runs.js";
export * from "./entry/organism.js";
export * from "./entry/training.js";
export * from "./entry/evaluation.js";
export * from "./entry/measurement.js";
export * from "./entry/reports.js";
export * from "./entry/analysis.js";
export * from "./entry/transitions.js";
export * from "./entry/geometry.js";
export * from "./entry/directions.js";
export * from "./entry/interventions.js";
export * from "./entry/behavior.js";
export * from "./entry/statistics.js";
export * from "./entry/figures.js";
export * from "./entry/notebooks.js";
