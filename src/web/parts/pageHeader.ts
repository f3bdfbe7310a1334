import { copyLink } from "./copyLink.js";
import { button, element, goTo } from "./dom.js";
import type { ThemeChoice } from "./theme.js";

/** Link to another page. */
export interface NavigationLink {
  readonly name: string;
  readonly isHere: boolean;
  /** Address of the page; it is asked for again when the theme changes, which addresses carry. */
  readonly href: () => string;
}

/** Link for those who go by keys, past what stands before a place of the page. */
export interface SkipLink {
  readonly words: string;
  /** Id of the place. */
  readonly to: string;
}

/** Content that a page puts into its header. */
export interface HeaderOptions {
  /** Title of what the page shows, such as the name of a run. */
  readonly title?: string;
  /** True where the first heading stands in the page itself; else it is the title, or unseen the name of the page. */
  readonly hasOwnHeading?: boolean;
  /** Further places to skip to, after the content. */
  readonly skips?: readonly SkipLink[];
  /** Makes the link that *share* copies. @default the address of the page */
  readonly share?: () => string;
  /** Further tools, left of help and theme. */
  readonly tools?: readonly HTMLElement[];
  /** Opens the list of keys. */
  readonly onHelp?: () => void;
}

interface AllHeaderOptions extends HeaderOptions {
  readonly theme: ThemeChoice;
  /** Name of the page. */
  readonly page: string;
  readonly navigation: readonly NavigationLink[];
  /** Parts of the address that were ignored, one sentence each. */
  readonly notices: readonly string[];
}

/** Header at the top of every page: the pages, what is shown and its state, tools, theme and help. */
export class PageHeader {
  readonly root: HTMLElement;
  readonly #state = element("span", { class: "page-state" });

  constructor(options: AllHeaderOptions) {
    const { theme, navigation, notices, tools = [], onHelp, skips = [], share } = options;
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
      heading(options),
      this.#state,
      element(
        "span",
        { class: "page-tools" },
        ...tools,
        copyLink(share),
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
      element(
        "nav",
        { class: "skips", "aria-label": "skip" },
        ...[{ words: "skip to the content", to: contentId }, ...skips].map(skipLink),
      ),
      bar,
      said.length === 0 ? null : element("ul", { class: "address-notices", role: "status" }, ...said),
      element("span", { id: contentId, tabindex: -1 }),
    );
  }

  /**
   * Shows the state of the run.
   * @param bars how far something is, before the words, which may be cut
   */
  setState(status: string, words: string, bars: readonly HTMLElement[] = []): void {
    this.#state.replaceChildren(
      element(
        "span",
        { class: `status ${status.replaceAll(" ", "-")}` },
        status === "running" ? "live" : status,
      ),
      ...bars,
      ...(words === "" ? [] : [` · ${words}`]),
    );
  }
}

/** Id of the place at which the content of a page begins. */
const contentId = "content";

function heading({ title, hasOwnHeading = false, page }: AllHeaderOptions): HTMLElement | null {
  if (title !== undefined) return element(hasOwnHeading ? "p" : "h1", { class: "page-title" }, title);
  return hasOwnHeading ? null : element("h1", { class: "visually-hidden" }, page);
}

/** The address stays as it is: it names the view, and no place in the page. */
function skipLink({ words, to }: SkipLink): HTMLElement {
  const made = element("a", { href: `#${to}` }, words);
  made.addEventListener("click", (event) => {
    event.preventDefault();
    const target = document.getElementById(to);
    if (target !== null) goTo(target);
  });
  return made;
}
