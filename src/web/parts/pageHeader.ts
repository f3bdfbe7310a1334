import { button, element } from "./dom.js";
import type { ThemeChoice } from "./theme.js";
import { writeUrlState } from "../state/urlState.js";

/** The line at the top of every page: where one is, the state of what is shown, theme and help. */
export class PageHeader {
  readonly root: HTMLElement;
  readonly #state = element("span", { class: "page-state" });

  constructor(theme: ThemeChoice, run: string | null, onHelp: (() => void) | null) {
    const home = element("a", {}, "Turncoat");
    const runs = element("a", {}, "runs");
    const link = (): void => {
      for (const each of [home, runs])
        each.setAttribute("href", `./${writeUrlState({ theme: theme.choice })}`);
    };
    link();
    theme.subscribe(link);
    const here = run === null ? null : element("span", { "aria-current": "page" }, run);
    this.root = element(
      "header",
      { class: "page-header" },
      element(
        "nav",
        { "aria-label": "breadcrumb" },
        element("b", {}, home),
        " / ",
        run === null ? element("span", { "aria-current": "page" }, "runs") : runs,
        here === null ? null : " / ",
        here,
      ),
      this.#state,
      element(
        "span",
        { class: "page-tools" },
        onHelp === null
          ? null
          : button("?", onHelp, { label: "keyboard shortcuts", title: "keyboard shortcuts (?)" }),
        button("◐", () => theme.toggle(), { label: "light or dark", title: "light or dark (d)" }),
      ),
    );
  }

  /** Says what state the shown run is in. */
  setState(status: string, words: string): void {
    this.#state.replaceChildren(
      element(
        "span",
        { class: `status ${status.replaceAll(" ", "-")}` },
        status === "running" ? "live" : status,
      ),
      ` · ${words}`,
    );
  }
}
