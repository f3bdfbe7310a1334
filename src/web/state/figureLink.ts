import { formatLook, parseLook, plainLook, type AxisLook } from "./axisLook.js";

/** Figure that a link leads to, and how its value axis is drawn. */
export interface LinkedFigure {
  readonly id: string;
  readonly look: AxisLook;
}

// Read at once: the address of the page follows the view, without what leads to one figure.
const linked = typeof location === "undefined" ? null : parseFigureLink(location.hash);

if (typeof window !== "undefined") {
  window.addEventListener("hashchange", () => {
    if (parseFigureLink(location.hash) !== null) location.reload();
  });
}

/** Figure that the link to this page leads to; null where it leads to the page. */
export function linkedFigure(): LinkedFigure | null {
  return linked;
}

/** Reads the end of an address: `#figure=norms&axis=log`. */
export function parseFigureLink(hash: string): LinkedFigure | null {
  const parts = new URLSearchParams(hash.replace(/^#/, ""));
  const id = parts.get("figure");
  return id === null ? null : { id, look: parseLook(parts.get("axis") ?? "") ?? plainLook };
}

/** Address of this page that leads to a figure. */
export function linkToFigure(figure: LinkedFigure): string {
  return `${location.href.replace(/#.*/, "")}${formatFigureLink(figure)}`;
}

/** End of an address that leads to a figure. */
export function formatFigureLink({ id, look }: LinkedFigure): string {
  const axis = formatLook(look);
  return `#${new URLSearchParams({ figure: id, ...(axis === "" ? {} : { axis }) }).toString()}`;
}
