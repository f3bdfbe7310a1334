import { linkedFigure } from "../../state/figureLink.js";

let isShown = false;

/** Brings the figure that the link to the page leads to into the window, once it is drawn. */
export function showLinked({ id, root }: { readonly id: string; readonly root: HTMLElement }): void {
  if (isShown || linkedFigure()?.id !== id) return;
  isShown = true;
  root.classList.add("linked");
  root.scrollIntoView({ block: "center" });
}
