import { copyLink } from "./copyLink.js";
import { button, element } from "./dom.js";
import type { ThemeChoice } from "./theme.js";

/** Link to another page. */
export interface NavigationLink {
  readonly name: string;
  readonly isHere: boolean;
  /** Address of the page; it is asked for again when the theme changes, which addresses carry. */
  readonly href: () => string;
}

/** Content that a page puts into its header. */
export interface HeaderOptions {
  /** Title of what the page shows, such as the name of a run. */
  readonly title?: string;
  /** Further tools, left of help and theme. */
  readonly tools?: readonly HTMLElement[];
  /** Opens the list of keys. */
  readonly onHelp?: () => void;
}

interface AllHeaderOptions extends HeaderOptions {
  readonly theme: ThemeChoice;
  readonly navigation: readonly NavigationLink[];
  /** Parts of the address that were ignored, one sentence each. */
  readonly notices: readonly string[];
}

/** Header at the top of every page: the pages, what is shown and its state, tools, theme and help. */
export class PageHeader {
  readonly root: HTMLElement;
  readonly #state = element("span", { class: "page-state" });

  constructor({ theme, navigation, notices, title, tools = [], onHelp }: AllHeaderOptions) {
    const links = navigation.map((each) => ({
      each,
      link: element("a", { "aria-current": each.isHere ? "page" : undefined }, each.name),
    }));
    const address = (): void => {
      for (const { each, link } of links) link.setAttribute("href", each.href());
    };
    address();
    theme.subscribe(address);
    const items = links.map(({ link }) => element("li", {}, link));
    const bar = element(
      "header",
      { class: "page-header" },
      element("b", { class: "page-brand" }, "Turncoat"),
      element("nav", { "aria-label": "pages" }, element("ul", {}, ...items)),
      title === undefined ? null : element("h1", {}, title),
      this.#state,
      element(
        "span",
        { class: "page-tools" },
        ...tools,
        copyLink(),
        onHelp === undefined
          ? null
          : button("?", onHelp, { label: "keyboard shortcuts", title: "keyboard shortcuts (?)" }),
        button("◐", () => theme.toggle(), { label: "light or dark", title: "light or dark (d)" }),
      ),
    );
    const said = notices.map((notice) => element("li", {}, notice));
    this.root = element(
      "div",
      {},
      bar,
      said.length === 0 ? null : element("ul", { class: "address-notices", role: "status" }, ...said),
    );
  }

  /** Shows the state of the run. */
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
