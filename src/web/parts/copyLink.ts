import { button, element } from "./dom.js";

/** Milliseconds for which it is said that the link was copied. */
const saidFor = 2000;

/** Milliseconds after which the address has followed the view at the latest. */
const settled = 200;

/**
 * Button that copies a link to the view.
 * @param link makes it, relative to the page. @default the address of the page, which holds the whole view
 */
export function copyLink(link: () => string = () => location.href): HTMLElement {
  const said = element("span", { class: "copied", role: "status" });
  const copy = async (): Promise<void> => {
    await new Promise((resolve) => setTimeout(resolve, settled));
    const { href } = new URL(link(), location.href);
    try {
      await navigator.clipboard.writeText(href);
      said.textContent = "copied";
    } catch {
      // A page that came over plain HTTP from another machine may not write: the reader copies by hand.
      const field = element("input", { readonly: true, value: href, "aria-label": "link to this view" });
      said.replaceChildren(field);
      field.select();
      field.addEventListener("blur", () => said.replaceChildren());
      return;
    }
    setTimeout(() => said.replaceChildren(), saidFor);
  };
  return element(
    "span",
    { class: "copy-link" },
    said,
    button("share", () => void copy(), {
      title: "copy a link to this view: step, zoom, curves, question",
    }),
  );
}
