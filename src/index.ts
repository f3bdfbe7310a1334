/**
 * Turncoat's public entry: everything that analysis scripts and notebooks use, subject by subject. What takes a run
 * takes the path of its directory or the run that `openRun` gave. `docs/api` lists every export.
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

/* Errors of one line with a hint; the engine that models run on; random numbers that are the same everywhere. */
export * from "./entry/engine.js";
/* Opens models and checkpoints, lets them generate, merges adapters, reads and changes the residual stream. */
export * from "./entry/models.js";
/* Opens run directories, whoever trained them, and reads what they hold. */
export * from "./entry/runs.js";
/* The embedded organism: its weights, data sets, questions and exact judge. */
export * from "./entry/organism.js";
/* Reads, mixes and makes data, resolves recipes, and trains with every step kept. */
export * from "./entry/training.js";
/* Trains and measures many runs from one file, each with its control. */
export * from "./entry/studies.js";
/* Makes sealed runs of known truth, and scores what signs and people say of them. */
export * from "./entry/audit.js";
/* Goes on from kept steps with one change, and finds the step after which it comes too late. */
export * from "./entry/branches.js";
/* Asks a run's checkpoints, and has the answers judged. */
export * from "./entry/evaluation.js";
/* Measures what needs the model: likelihoods, probes, the change of the distribution of answers. */
export * from "./entry/measurement.js";
/* Reads a run from disk, analyses it, holds it against controls, and draws it. */
export * from "./entry/reports.js";
/* Analyses what was read: pure functions from arrays to records, of one run and of several. */
export * from "./entry/analysis.js";
/* Finds the steps at which something turns, says why there is none, and whether a control shares it. */
export * from "./entry/transitions.js";
/* Measures the paths of adapters: norms, cosines, local cosines, principal components, comp. */
export * from "./entry/geometry.js";
/* Finds directions of activations, compares them, and reads prompts along them before the model speaks. */
export * from "./entry/directions.js";
/* Steers, ablates, scales and patches, each beside random twins and the base. */
export * from "./entry/interventions.js";
/* Turns judged answers into rates with intervals, and compares them. */
export * from "./entry/behavior.js";
/* Puts series on one axis, and gives intervals, tests and quantiles. */
export * from "./entry/statistics.js";
/* Draws a run, or curves of one's own, as figures with caption, formula and table. */
export * from "./entry/figures.js";
/* Shows figures and tables in notebooks, and writes them as HTML and SVG. */
export * from "./entry/notebooks.js";
