import { TurncoatError } from "../../errors.js";
import type { TensorValues } from "../../tensor/tensorData.js";
import {
  checkPatches,
  patchesKey,
  patchFeeds,
  type PatchedModule,
  type ScalarPatch,
} from "../hooks/scalarPatches.js";
import type { AdapterBank } from "../weights/adapterBank.js";

interface PatchedRow {
  readonly promptIds: readonly number[];
  readonly patches?: readonly ScalarPatch[];
}

/** Scalars that are replayed while rows are drawn, each row's own, laid out as the programs read them. */
export class RowPatches {
  /** The adapters whose scalars are replayed; none where no row has any. */
  readonly modules: readonly PatchedModule[];
  readonly #rows: readonly PatchedRow[];

  /** @throws TurncoatError where scalars are shorter than the prompt, of unequal lengths, or of no adapter in the bank */
  constructor(rows: readonly PatchedRow[], bank: AdapterBank | undefined) {
    this.#rows = rows;
    this.modules = (rows[0]?.patches ?? []).map(({ modulePath, rank }) => ({ modulePath, rank }));
    const key = patchesKey(this.modules);
    if (rows.some(({ patches = [] }) => patchesKey(patches) !== key)) {
      throw new RangeError("generate: expected scalars of the same adapters in all rows");
    }
    for (const { promptIds, patches = [] } of rows) {
      const tokens = tokensOf(patches);
      checkPatches(patches, tokens);
      if (tokens < promptIds.length) {
        throw new TurncoatError(
          `scalar patch: expected scalars of at least ${promptIds.length} tokens, as many as the prompt has, found ${tokens}`,
        );
      }
    }
    const known = new Map(bank?.modules.map(({ modulePath, rank }) => [modulePath, rank]));
    const unknown = this.modules.find(({ modulePath, rank }) => known.get(modulePath) !== rank);
    if (unknown === undefined) return;
    throw new TurncoatError(
      `scalar patch of ${unknown.modulePath}: expected an adapter of rank ${unknown.rank} there, found none`,
      { hint: "Record the scalars with the adapters that answer." },
    );
  }

  /** Most tokens that a row may have: one is drawn after each token from the prompt's last to the last with scalars. */
  mostTokens(row: number): number {
    const { promptIds = [], patches = [] } = this.#rows[row] ?? {};
    return mostPatchedTokens(promptIds, patches);
  }

  /** Feeds for the prompts of all rows, which end together at `length`. */
  promptFeeds(length: number): Record<string, TensorValues> {
    const positions = this.#rows.flatMap(({ promptIds }, row) =>
      Array.from({ length }, (_, slot) => ({ row, position: slot - (length - promptIds.length) })),
    );
    return this.#feeds(positions);
  }

  /** Feeds for one more token of each of some rows, at its position. */
  stepFeeds(rows: readonly number[], positions: ArrayLike<number>): Record<string, TensorValues> {
    return this.#feeds(rows.map((row, place) => ({ row, position: positions[place] ?? -1 })));
  }

  /** What padding and rows that have ended read is 0: nothing looks at it. */
  #feeds(
    places: readonly { readonly row: number; readonly position: number }[],
  ): Record<string, TensorValues> {
    return patchFeeds(
      this.modules.map(({ modulePath, rank }, module): ScalarPatch => {
        const scalars = new Float32Array(places.length * rank);
        for (const [place, { row, position }] of places.entries()) {
          const own = this.#rows[row]?.patches?.[module]?.scalars;
          if (own === undefined || position < 0) continue;
          scalars.set(own.subarray(position * rank, (position + 1) * rank), place * rank);
        }
        return { modulePath, rank, scalars };
      }),
    );
  }
}

/** Most tokens that an answer may have under replayed scalars; any number where none are replayed. */
export function mostPatchedTokens(
  promptIds: readonly number[],
  patches: readonly ScalarPatch[] = [],
): number {
  return patches.length === 0 ? Infinity : tokensOf(patches) - promptIds.length + 1;
}

function tokensOf([first]: readonly ScalarPatch[]): number {
  return first === undefined ? Infinity : first.scalars.length / first.rank;
}
