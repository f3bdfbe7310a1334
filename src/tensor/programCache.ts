import type { Engine, Program, ProgramDefinition } from "./program.js";

/** Bytes that the programs of a cache may keep for their intermediate values all together, as estimated. */
const byteLimit = 2 ** 32;

/**
 * Cache of compiled programs by key, so that a shape is compiled once. Bounded in number and in estimated memory: the
 * least recently used program is disposed when a new one needs its place.
 */
export class ProgramCache {
  readonly #engine: Engine;
  readonly #capacity: number;
  readonly #programs = new Map<string, CachedProgram>();

  constructor(engine: Engine, capacity = 16) {
    this.#engine = engine;
    this.#capacity = capacity;
  }

  /**
   * Gives the program for a key; `define` is called only when it has to be compiled.
   * @param bytes about what the program keeps for its intermediate values: an engine holds on to that memory
   */
  async get(key: string, define: () => ProgramDefinition, bytes = 0): Promise<Program> {
    const known = this.#programs.get(key) ?? { program: this.#compile(key, define()), bytes };
    // Deleting and setting again moves the key to the young end of the map's order.
    this.#programs.delete(key);
    this.#programs.set(key, known);
    let total = [...this.#programs.values()].reduce((sum, program) => sum + program.bytes, 0);
    for (const [oldKey, old] of this.#programs) {
      if (oldKey === key || (this.#programs.size <= this.#capacity && total <= byteLimit)) break;
      this.#programs.delete(oldKey);
      total -= old.bytes;
      await (await old.program).dispose();
    }
    return known.program;
  }

  /** Compiles a program; one that does not compile is not kept, so that the next call may do better. */
  #compile(key: string, definition: ProgramDefinition): Promise<Program> {
    const compiling = this.#engine.compile(definition);
    compiling.catch(() => {
      if (this.#programs.get(key)?.program === compiling) this.#programs.delete(key);
    });
    return compiling;
  }

  /** Disposes every program. */
  async dispose(): Promise<void> {
    const programs = [...this.#programs.values()];
    this.#programs.clear();
    for (const { program } of programs) await (await program).dispose();
  }
}

interface CachedProgram {
  readonly program: Promise<Program>;
  readonly bytes: number;
}
