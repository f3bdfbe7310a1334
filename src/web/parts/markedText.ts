import { element } from "./dom.js";

/** Makes the nodes of a text, with the parts that a search found marked. */
export type MarkText = (text: string) => Node[];

/** Makes a function that marks words, whatever their case. */
export function markerOf(words: readonly string[]): MarkText {
  const plain = (text: string): Node => document.createTextNode(text);
  if (words.length === 0) return (text) => [plain(text)];
  const longestFirst = words.toSorted((one, other) => other.length - one.length);
  const found = new RegExp(
    longestFirst.map((word) => word.replaceAll(/[\\^$.*+?()[\]{}|]/g, "\\$&")).join("|"),
    "giu",
  );
  return (text) => {
    const nodes: Node[] = [];
    let from = 0;
    for (const { 0: match, index } of text.matchAll(found)) {
      nodes.push(plain(text.slice(from, index)), element("mark", {}, match));
      from = index + match.length;
    }
    return [...nodes, plain(text.slice(from))];
  };
}
