import { dtypeOf, sizeOf, type ProgramDefinition } from "./program.js";
import type { TensorValues } from "./tensorData.js";

/**
 * Checks that the arrays of a call fit the inputs that a program was compiled for.
 * @throws TypeError or RangeError naming the program and the input
 */
export function checkFeeds(
  definition: ProgramDefinition,
  feeds: Readonly<Record<string, TensorValues>>,
): void {
  for (const [name, spec] of Object.entries(definition.inputs)) {
    const values = feeds[name];
    if (values === undefined) throw new TypeError(`${definition.name}: input ${name} was not supplied`);
    if (dtypeOf(values) !== spec.dtype) {
      throw new TypeError(
        `${definition.name}: input ${name} should be ${spec.dtype}, got ${dtypeOf(values)}`,
      );
    }
    if (values.length !== sizeOf(spec.shape)) {
      throw new RangeError(
        `${definition.name}: input ${name} should have ${sizeOf(spec.shape)} values for shape ` +
          `[${spec.shape.join(", ")}], got ${values.length}; compile another program for another shape`,
      );
    }
  }
  for (const name of Object.keys(feeds)) {
    if (!(name in definition.inputs)) throw new TypeError(`${definition.name}: there is no input ${name}`);
  }
}
