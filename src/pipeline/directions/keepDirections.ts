import { directoryOf, type RunSource } from "../../runs/openRun.js";
import type { Direction } from "../../analysis/directions/direction.js";
import { TurncoatError } from "../../errors.js";
import { readRunDirections, writeRunDirections } from "../results/directionResult.js";

/** Names under which probing keeps its own directions, anew each time. */
const probed = ["mean", "probe"];

/**
 * Keeps directions with a run; what is there already stays, unless it is to be replaced.
 *
 * @returns the directions that are now kept under the name
 * @throws TurncoatError where other directions have the name, or probing does
 */
export function keepDirections(
  run: RunSource,
  found: readonly Direction[],
  { isReplacing }: { readonly isReplacing: boolean },
): readonly Direction[] {
  const directory = directoryOf(run);
  const name = found[0]?.name ?? "";
  if (probed.includes(name)) {
    throw new TurncoatError(`${directory}: direction ${name}: the name belongs to turncoat probe`, {
      hint: "Choose another one with --name.",
    });
  }
  const there = readRunDirections(directory).filter((each) => each.name === name);
  if (there.length > 0 && !isReplacing && !isSame(there, found)) {
    throw new TurncoatError(`${directory}: there is another direction ${name}`, {
      hint: "Choose another name with --name, or put it in its place with --replace.",
    });
  }
  writeRunDirections(directory, found);
  return found;
}

function isSame(one: readonly Direction[], other: readonly Direction[]): boolean {
  const key = (directions: readonly Direction[]): string =>
    JSON.stringify(
      directions
        .map(({ layer, step, madeFrom }) => ({ layer, step, madeFrom }))
        .toSorted((a, b) => a.layer - b.layer),
    );
  return key(one) === key(other);
}
