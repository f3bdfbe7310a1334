import { button, element } from "../../parts/dom.js";
import { plainLook, type AxisLook } from "../../state/axisLook.js";
import { printWidth, printWidths, setPrintWidth, type PrintWidth } from "../../state/figureShelf.js";
import { downloadForms, type DownloadForm } from "../download.js";

/** What a menu can do with its figure. */
export interface FigureActions {
  readonly onSave: (form: DownloadForm) => void;
  /** The figure's value axis. @default none that can be changed */
  readonly axis?: {
    readonly look: () => AxisLook;
    readonly canBeLog: () => boolean;
    readonly onLook: (look: AxisLook) => void;
  };
  /** Shows the figure alone on the screen. */
  readonly onFullScreen?: () => void;
  /** Address that leads to the figure. */
  readonly link?: () => string;
  /** Moves the figure before the one above or after the one below. */
  readonly onMove?: (by: -1 | 1) => void;
  readonly onFold?: () => void;
}

const widthWords: Readonly<Record<PrintWidth, string>> = {
  column: "85 mm, a column",
  page: "178 mm, a page",
};

/**
 * Menu of a figure: what can be saved and how wide, its value axis, its place. It closes after a choice other than
 * to save, on Escape and when the focus leaves.
 */
export function figureMenu(title: string, actions: FigureActions): HTMLDetailsElement {
  const summary = element("summary", { "aria-label": `menu of ${title}`, title: "save, axis, place" }, "⋯");
  const menu = element("details", { class: "menu" }, summary);
  const said = element("p", { class: "menu-said", role: "status" });
  const choose = (run: () => void) => () => {
    menu.open = false;
    run();
  };
  // So that a click between the fields does not count as one elsewhere.
  const body = element("div", { tabindex: -1 });
  const fill = (): void => {
    said.replaceChildren();
    body.replaceChildren(
      widthChoice(),
      element(
        "div",
        { class: "menu-row" },
        // It stays open, for another form of the same figure.
        ...downloadForms.map((form) => button(form, () => actions.onSave(form))),
      ),
      ...(actions.axis === undefined ? [] : axisFields(title, actions.axis)),
      ...placeButtons(actions, choose, said),
      said,
    );
  };
  fill();
  menu.append(body);
  menu.addEventListener("toggle", () => {
    if (menu.open) fill();
  });
  menu.addEventListener("focusout", (event) => {
    const isLeft = !(event.relatedTarget instanceof Node && menu.contains(event.relatedTarget));
    if (isLeft && document.hasFocus()) menu.open = false;
  });
  menu.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !menu.open) return;
    event.stopPropagation();
    menu.open = false;
    summary.focus();
  });
  return menu;
}

function widthChoice(): HTMLElement {
  const select = element(
    "select",
    {},
    ...printWidths.map((each) =>
      element("option", { value: each, selected: each === printWidth() }, widthWords[each]),
    ),
  );
  select.addEventListener("change", () => {
    const width = printWidths.find((each) => each === select.value);
    if (width !== undefined) setPrintWidth(width);
  });
  return element("label", { class: "menu-row" }, "width ", select);
}

function axisFields(
  title: string,
  { look, canBeLog, onLook }: NonNullable<FigureActions["axis"]>,
): HTMLElement[] {
  const { isLog, low, high } = look();
  const log = element("input", { type: "checkbox", checked: isLog, disabled: !canBeLog() });
  const end = (value: number | null, name: string): HTMLInputElement =>
    element("input", {
      type: "number",
      step: "any",
      value: value ?? undefined,
      placeholder: "auto",
      "aria-label": `${name} end of the value axis of ${title}`,
    });
  const [lower, upper] = [end(low, "lower"), end(high, "upper")];
  const read = ({ value }: HTMLInputElement): number | null => (value === "" ? null : Number(value));
  const tell = (): void => {
    const wanted = { isLog: log.checked, low: read(lower), high: read(upper) };
    const isEmpty = wanted.low !== null && wanted.high !== null && wanted.low >= wanted.high;
    const isBelow = wanted.isLog && [wanted.low, wanted.high].some((value) => value !== null && value <= 0);
    for (const field of [lower, upper])
      field.setCustomValidity(
        isEmpty
          ? "The lower end must be below the upper one."
          : isBelow
            ? "An axis of logarithms begins above 0."
            : "",
      );
    if (isEmpty || isBelow) upper.reportValidity();
    else onLook(wanted);
  };
  for (const field of [log, lower, upper]) field.addEventListener("change", tell);
  const reset = button(
    "reset",
    () => {
      log.checked = false;
      for (const field of [lower, upper]) field.value = "";
      onLook(plainLook);
    },
    { label: `reset the value axis of ${title}` },
  );
  return [
    element(
      "label",
      { class: "menu-row", title: canBeLog() ? undefined : "values below zero have no logarithm" },
      log,
      "log axis",
    ),
    element("div", { class: "menu-row" }, "from ", lower, " to ", upper, reset),
  ];
}

function placeButtons(
  { onFullScreen, link, onMove, onFold }: FigureActions,
  choose: (run: () => void) => () => void,
  said: HTMLElement,
): HTMLElement[] {
  return [
    ...(onFullScreen === undefined ? [] : [button("full screen", choose(onFullScreen))]),
    ...(link === undefined ? [] : [button("copy link to this figure", () => void copy(link(), said))]),
    ...(onMove === undefined
      ? []
      : [
          element(
            "div",
            { class: "menu-row" },
            button(
              "move up",
              choose(() => onMove(-1)),
            ),
            button(
              "move down",
              choose(() => onMove(1)),
            ),
          ),
        ]),
    ...(onFold === undefined ? [] : [button("hide", choose(onFold))]),
  ];
}

async function copy(link: string, said: HTMLElement): Promise<void> {
  try {
    await navigator.clipboard.writeText(link);
    said.textContent = "copied";
  } catch {
    // A page that came over plain HTTP from another machine may not write: the reader copies by hand.
    const field = element("input", { readonly: true, value: link, "aria-label": "link to this figure" });
    said.replaceChildren(field);
    field.select();
  }
}
