import { formatFigureLink, parseFigureLink, type LinkedFigure } from "./figureHash.js";

// Read at once: the address of the page follows the view, without what leads to one figure.
const linked = parseFigureLink(location.hash);

window.addEventListener("hashchange", () => {
  if (parseFigureLink(location.hash) !== null) location.reload();
});

/** Figure that the link to this page leads to; null where it leads to the page. */
export function linkedFigure(): LinkedFigure | null {
  return linked;
}

/** Address of this page that leads to a figure. */
export function linkToFigure(figure: LinkedFigure): string {
  return `${location.href.replace(/#.*/, "")}${formatFigureLink(figure)}`;
}
