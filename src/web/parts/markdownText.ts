import { lexer, type MarkedToken, type Token, type Tokens } from "marked";
import { element } from "./dom.js";
import type { MarkText } from "./markedText.js";

/** Longest text that is taken apart: a hostile one takes longer than its length. */
const longest = 30_000;

/**
 * Shows the markdown of a text that nobody vouches for. Its elements are made one by one, and no text is ever parsed as
 * HTML: tags stand there as they were written. Links and images are words with their address, and lead nowhere.
 *
 * @returns null where the text is too long or too deep to be taken apart
 */
export function markdownText(text: string, mark: MarkText): HTMLElement | null {
  if (text.length > longest) return null;
  try {
    return element("div", { class: "markdown" }, ...blocks(lexer(text, { gfm: true, breaks: true }), mark));
  } catch (error) {
    // What is nested thousands of times over is no writing.
    if (error instanceof RangeError) return null;
    throw error;
  }
}

function blocks(tokens: readonly Token[], mark: MarkText): Node[] {
  return tokens.flatMap((token) => (isKnown(token) ? nodes(token, mark) : mark(token.raw)));
}

/** Tells a token of the language from one of an extension, of which there are none here. */
function isKnown(token: Token): token is MarkedToken {
  return token.type !== "extension";
}

function nodes(token: MarkedToken, mark: MarkText): Node[] {
  const within = (): Node[] =>
    "tokens" in token && token.tokens !== undefined ? blocks(token.tokens, mark) : [];
  switch (token.type) {
    case "space":
    case "def":
      return token.type === "def" ? mark(token.raw) : [];
    case "paragraph":
      return [element("p", {}, ...within())];
    case "heading":
      // The page's own headings stay its only ones.
      return [element("p", { class: "markdown-heading" }, ...within())];
    case "blockquote":
      return [element("blockquote", {}, ...within())];
    case "list":
      return [listOf(token, mark)];
    case "list_item":
      return [element("li", {}, ...within())];
    case "code":
      return [element("pre", {}, element("code", {}, ...mark(token.text)))];
    case "table":
      return [tableOf(token, mark)];
    case "hr":
      return [element("hr")];
    case "br":
      return [element("br")];
    case "checkbox":
      return mark(token.checked ? "☑ " : "☐ ");
    case "strong":
      return [element("strong", {}, ...within())];
    case "em":
      return [element("em", {}, ...within())];
    case "del":
      return [element("s", {}, ...within())];
    case "codespan":
      return [element("code", {}, ...mark(token.text))];
    case "link":
      return [element("span", { class: "dead-link" }, ...within(), ...addressOf(token, mark))];
    case "image":
      return [element("span", { class: "dead-link" }, ...mark(token.text), ...addressOf(token, mark))];
    case "text":
      return token.tokens === undefined ? mark(token.text) : within();
    case "escape":
    case "html":
      return mark(token.text);
  }
}

/** Address of a link in words; none where it is what stands there already. */
function addressOf({ href, text }: Pick<Tokens.Link, "href" | "text">, mark: MarkText): Node[] {
  return href === text || href === "" ? [] : mark(` (${href})`);
}

function listOf({ ordered, start, items }: Tokens.List, mark: MarkText): HTMLElement {
  const made = items.map((item) => element("li", {}, ...blocks(item.tokens, mark)));
  return ordered ? element("ol", { start: Number(start) }, ...made) : element("ul", {}, ...made);
}

function tableOf({ header, rows }: Tokens.Table, mark: MarkText): HTMLElement {
  const cells = (row: readonly Tokens.TableCell[], tag: "th" | "td"): HTMLElement =>
    element("tr", {}, ...row.map(({ tokens }) => element(tag, {}, ...blocks(tokens, mark))));
  return element(
    "table",
    {},
    element("thead", {}, cells(header, "th")),
    element("tbody", {}, ...rows.map((row) => cells(row, "td"))),
  );
}
