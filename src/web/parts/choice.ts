import { element } from "./dom.js";

/** A labelled choice of one in a few, all of them visible. */
export function choice<T extends string>(
  label: string,
  options: readonly (readonly [value: T, words: string])[],
  chosen: T,
  onChoose: (value: T) => void,
): HTMLElement {
  const buttons = options.map(([value, words]) => {
    const made = element(
      "button",
      { type: "button", "aria-pressed": String(value === chosen), "data-value": value },
      words,
    );
    made.addEventListener("click", () => {
      if (made.getAttribute("aria-pressed") === "false") onChoose(value);
    });
    return made;
  });
  return element(
    "span",
    { class: "choice", role: "group", "aria-label": label },
    element("span", { class: "muted" }, label),
    ...buttons,
  );
}

/** A labelled choice of one in many, as a list that opens: for more options than fit side by side. */
export function choiceList<T extends string>(
  label: string,
  options: readonly (readonly [value: T, words: string])[],
  chosen: T,
  onChoose: (value: T) => void,
): HTMLElement {
  const list = element(
    "select",
    {},
    ...options.map(([value, words]) => element("option", { value, selected: value === chosen }, words)),
  );
  list.addEventListener("change", () => {
    const found = options.find(([value]) => value === list.value);
    if (found !== undefined) onChoose(found[0]);
  });
  return element("label", { class: "choice" }, element("span", { class: "muted" }, label), list);
}
