/* Errors: one line, and a hint. */
export { TurncoatError, isTurncoatError } from "../errors.js";

/* The engine: array programs, compiled for the machine, and random numbers that are the same everywhere. */
export { createEngine, engineNames, type EngineName, type EngineOptions } from "../tensor/engine.js";
export type { Engine, EngineDescription, Program, ProgramDefinition } from "../tensor/program.js";
export { Random } from "../tensor/random.js";
