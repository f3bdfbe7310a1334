import { sizeOf } from "../../tensor/program.js";
import type { TensorValues } from "../../tensor/tensorData.js";
import { blockedName } from "./cacheMasks.js";
import type { ModelConfig } from "../config/modelConfig.js";

/** Distinct prompts to read, and the prompt that each row goes on from. */
export interface SharedPrompts {
  /** Prompts to read, equally many for each replica, those of one after those of another. */
  readonly distinct: readonly (readonly number[])[];
  /** Index of each row's prompt. */
  readonly sources: readonly number[];
}

/**
 * Finds prompts that several rows of a replica have in common.
 * @param prompts token ids of each row's prompt; the rows are divided evenly among the replicas, in order
 */
export function sharePrompts(prompts: readonly (readonly number[])[], replicas: number): SharedPrompts {
  const perReplica = prompts.length / replicas;
  const known = Array.from({ length: replicas }, () => new Map<string, number>());
  const lists = known.map((): (readonly number[])[] => []);
  const places = prompts.map((prompt, row) => {
    const replica = Math.floor(row / perReplica);
    const [names, list] = [known[replica], lists[replica]];
    if (names === undefined || list === undefined) throw new Error("generate: rows and replicas do not fit");
    const name = prompt.join();
    const place = names.get(name) ?? list.push(prompt) - 1;
    names.set(name, place);
    return place;
  });
  const most = Math.max(...lists.map(({ length }) => length));
  return {
    distinct: lists.flatMap((list) =>
      Array.from({ length: most }, (_, place) => list[place] ?? list[0] ?? []),
    ),
    sources: places.map((place, row) => Math.floor(row / perReplica) * most + place),
  };
}

/** Reads each row's prompt by itself, as rows need that read the same prompt differently. */
export function separatePrompts(prompts: readonly (readonly number[])[]): SharedPrompts {
  return { distinct: prompts, sources: [...prompts.keys()] };
}

/**
 * Makes the feeds of a prompt program: prompts of unequal length end together, behind padding that nothing looks at.
 */
export function leftPadded(
  config: ModelConfig,
  prompts: readonly (readonly number[])[],
  length: number,
  paddingId: number,
): Record<string, TensorValues> {
  const size = sizeOf([prompts.length, length]);
  const tokens = new Int32Array(size).fill(paddingId);
  const positions = new Int32Array(size);
  const blocked = new Float32Array(size);
  for (const [row, prompt] of prompts.entries()) {
    const start = row * length + length - prompt.length;
    tokens.set(prompt, start);
    positions.set(
      prompt.map((_, position) => position),
      start,
    );
    blocked.fill(1, row * length, start);
  }
  const masks = config.layerKinds.map((kind) => [blockedName(kind), blocked] as const);
  return { tokens, positions, ...Object.fromEntries(masks) };
}
