import { formatLook, parseLook, plainLook, type AxisLook } from "./axisLook.js";

/** Figure that a link leads to, and how its value axis is drawn. */
export interface LinkedFigure {
  readonly id: string;
  readonly look: AxisLook;
}

/** Reads the end of an address: `#figure=norms&axis=log`. */
export function parseFigureLink(hash: string): LinkedFigure | null {
  const parts = new URLSearchParams(hash.replace(/^#/, ""));
  const id = parts.get("figure");
  return id === null ? null : { id, look: parseLook(parts.get("axis") ?? "") ?? plainLook };
}

/** End of an address that leads to a figure. */
export function formatFigureLink({ id, look }: LinkedFigure): string {
  const axis = formatLook(look);
  return `#${new URLSearchParams({ figure: id, ...(axis === "" ? {} : { axis }) }).toString()}`;
}
