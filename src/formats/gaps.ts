import { z } from "zod";

/** A number that JSON may hold as null where it is undefined: NaN in memory. */
export const numberOrGap = z
  .number()
  .nullable()
  .transform((value) => value ?? NaN);

export const numbersWithGaps = z.array(numberOrGap);

export const intervalWithGaps = z
  .tuple([z.number().nullable(), z.number().nullable()])
  .transform(([low, high]): [number, number] => [low ?? NaN, high ?? NaN]);

export const intervalsWithGaps = z.array(intervalWithGaps);
