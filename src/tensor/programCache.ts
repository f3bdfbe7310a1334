import type { Engine, Program, ProgramDefinition } from "./program.js";

/**
 * Cache of compiled programs by key, so that a shape is compiled once. Bounded in number: the least recently used
 * program is disposed when a new one needs its place.
 */
export class ProgramCache {
  readonly #engine: Engine;
  readonly #capacity: number;
  readonly #programs = new Map<string, Promise<Program>>();

  constructor(engine: Engine, capacity = 16) {
    this.#engine = engine;
    this.#capacity = capacity;
  }

  /** Gives the program for a key; `define` is called only when it has to be compiled. */
  async get(key: string, define: () => ProgramDefinition): Promise<Program> {
    const known = this.#programs.get(key) ?? this.#compile(key, define());
    // Deleting and setting again moves the key to the young end of the map's order.
    this.#programs.delete(key);
    this.#programs.set(key, known);
    for (const [oldKey, old] of this.#programs) {
      if (this.#programs.size <= this.#capacity) break;
      this.#programs.delete(oldKey);
      await (await old).dispose();
    }
    return known;
  }

  /** Compiles a program; one that does not compile is not kept, so that the next call may do better. */
  #compile(key: string, definition: ProgramDefinition): Promise<Program> {
    const compiling = this.#engine.compile(definition);
    compiling.catch(() => {
      if (this.#programs.get(key) === compiling) this.#programs.delete(key);
    });
    return compiling;
  }

  /** Disposes every program. */
  async dispose(): Promise<void> {
    const programs = [...this.#programs.values()];
    this.#programs.clear();
    for (const program of programs) await (await program).dispose();
  }
}
