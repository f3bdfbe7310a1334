import type { TextSpan } from "./chatTemplate.js";

/**
 * Encodes a text and marks the tokens that belong to spans of it: every token that holds a character of a span, as
 * transformers counts.
 *
 * The tokens are those of the whole text. Where a token lies across the edge of a span, pieces would have others.
 * @param spans in order, without overlap
 */
export function encodeWithSpans(
  encode: (text: string) => readonly number[],
  text: string,
  spans: readonly TextSpan[],
): { ids: number[]; isInside: boolean[] } {
  const ids = [...encode(text)];
  const isInside = ids.map(() => false);
  if (spans.length === 0) return { ids, isInside };
  const edges = [0, ...spans.flatMap(({ start, end }) => [start, end]), text.length];
  const pieces = edges.slice(1).map((edge, index) => encode(text.slice(edges[index], edge)));
  const joined = pieces.flat();
  if (joined.length === ids.length && joined.every((id, index) => id === ids[index])) {
    let position = 0;
    for (const [index, piece] of pieces.entries()) {
      isInside.fill(index % 2 === 1, position, position + piece.length);
      position += piece.length;
    }
    return { ids, isInside };
  }
  for (const { start, end } of spans) {
    const first = tokensBefore(encode(text.slice(0, start)), ids).whole;
    const last = tokensBefore(encode(text.slice(0, end)), ids);
    if (end > start) isInside.fill(true, first, last.whole + (last.isSplit ? 1 : 0));
  }
  return { ids, isInside };
}

/** Counts the tokens of a text that lie wholly in its first part, and tells whether another lies there in part. */
function tokensBefore(
  part: readonly number[],
  whole: readonly number[],
): { whole: number; isSplit: boolean } {
  let common = 0;
  while (common < part.length && part[common] === whole[common]) common++;
  return { whole: common, isSplit: common < part.length };
}
