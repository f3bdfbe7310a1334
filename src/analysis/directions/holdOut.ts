import type { Random } from "../../tensor/random.js";

/** Row numbers of the two parts. */
export interface HoldOut {
  readonly train: readonly number[];
  readonly test: readonly number[];
  /** Groups held out as a whole; empty without groups. */
  readonly heldOutGroups: readonly string[];
}

/**
 * Holds out about a fraction of the rows. With groups, whole groups go to one side, so that no question or
 * domain is seen in training; without, each class is split by itself. Null when no split leaves both classes
 * on both sides.
 */
export function holdOut(
  labels: readonly boolean[],
  groups: readonly string[] | undefined,
  testFraction: number,
  random: Random,
): HoldOut | null {
  if (groups === undefined) return holdOutRows(labels, testFraction, random);
  const names = [...new Set(groups)];
  for (let attempt = 0; attempt < 50; attempt++) {
    const heldOut = new Set<string>();
    let size = 0;
    for (const position of random.permutation(names.length)) {
      if (size >= testFraction * labels.length || heldOut.size === names.length - 1) break;
      const name = names[position] ?? "";
      heldOut.add(name);
      size += groups.filter((group) => group === name).length;
    }
    const split = splitByGroups(labels, groups, heldOut);
    if (hasBothClasses(split.train, labels) && hasBothClasses(split.test, labels)) return split;
  }
  return null;
}

/** The split that holds out exactly the named groups. */
export function splitByGroups(
  labels: readonly boolean[],
  groups: readonly string[],
  heldOut: ReadonlySet<string>,
): HoldOut {
  const rows = labels.map((_, row) => row);
  return {
    train: rows.filter((row) => !heldOut.has(groups[row] ?? "")),
    test: rows.filter((row) => heldOut.has(groups[row] ?? "")),
    heldOutGroups: [...heldOut].sort(),
  };
}

/** Tells whether some of the rows are positive and some are not. */
export function hasBothClasses(rows: readonly number[], labels: readonly boolean[]): boolean {
  return rows.some((row) => labels[row] === true) && rows.some((row) => labels[row] === false);
}

function holdOutRows(labels: readonly boolean[], testFraction: number, random: Random): HoldOut | null {
  const train: number[] = [];
  const test: number[] = [];
  for (const label of [false, true]) {
    const rows = labels.flatMap((each, row) => (each === label ? [row] : []));
    const order = random.permutation(rows.length);
    const testCount = Math.round(testFraction * rows.length);
    for (const [place, position] of order.entries())
      (place < testCount ? test : train).push(rows[position] ?? -1);
  }
  if (!hasBothClasses(train, labels) || !hasBothClasses(test, labels)) return null;
  return { train: train.sort((a, b) => a - b), test: test.sort((a, b) => a - b), heldOutGroups: [] };
}
