import { ApiError } from "../api/request.js";
import { button, element } from "../parts/dom.js";
import { PageHeader, type HeaderOptions, type NavigationLink } from "../parts/pageHeader.js";
import type { ThemeChoice } from "../parts/theme.js";
import { PageAddress } from "../state/pageAddress.js";
import type { UrlSchema } from "../state/urlFields.js";
import { writeUrlState, type UrlStateOf } from "../state/urlState.js";

/** Context that a page is shown with. */
export interface PageContext<S extends UrlSchema> {
  /** Takes the page's header, its `main`, and whatever stays at the window's edge. */
  readonly root: HTMLElement;
  readonly theme: ThemeChoice;
  readonly address: PageAddress<S>;
  /** Makes the page's header; what the address said in vain stands under it. */
  readonly header: (options: HeaderOptions) => PageHeader;
}

/** A page: how an address names it and what shows it. */
export interface PageDefinition<S extends UrlSchema> {
  /** Name of the page in the navigation. */
  readonly name: string;
  /** Key of the query that names the page, such as "run" for `?run=…`; null is the page without a query. */
  readonly key: string | null;
  /** True where the header leads to it; a page of one run does not stand there. */
  readonly inNavigation: boolean;
  readonly fields: S;
  /** Words that stand there until it shows. */
  readonly loading: (state: UrlStateOf<S>) => string;
  /** Shows it; resolves when all of it is there. An error that it throws is shown instead. */
  readonly show: (context: PageContext<S>) => Promise<void>;
}

/** Page whatever its fields. */
export interface Page {
  readonly name: string;
  readonly key: string | null;
  readonly inNavigation: boolean;
  readonly open: (root: HTMLElement, makeTheme: MakeTheme, navigation: readonly Page[]) => Promise<void>;
}

type MakeTheme = (choice: "light" | "dark" | null) => ThemeChoice;

/** Defines a page for the registry. */
export function definePage<S extends UrlSchema>(definition: PageDefinition<S>): Page {
  const { name, key, inNavigation, fields, loading, show } = definition;
  const open: Page["open"] = async (root, makeTheme, pages) => {
    const address = new PageAddress(fields, key);
    const theme = makeTheme(address.theme);
    theme.subscribe(() => address.setTheme(theme.choice));
    const navigation = pages.filter((page) => page.inNavigation).map((page) => linkTo(page, name, theme));
    const header = (options: HeaderOptions): PageHeader =>
      new PageHeader({ theme, page: name, navigation, notices: address.notices, ...options });
    root.replaceChildren(
      header({}).root,
      element("p", { class: "notice loading", role: "status" }, loading(address.state)),
    );
    try {
      await show({ root, theme, address, header });
      document.documentElement.dataset.ready = "true";
    } catch (error) {
      root.replaceChildren(header({}).root, failure(error, theme));
    }
  };
  return { name, key, inNavigation, open };
}

function linkTo(page: Page, shown: string, theme: ThemeChoice): NavigationLink {
  return {
    name: page.name,
    isHere: page.name === shown,
    href: () => {
      const query = writeUrlState({}, {}, { theme: theme.choice }).slice(1);
      const parts = [...(page.key === null ? [] : [`${page.key}=`]), ...(query === "" ? [] : [query])];
      return parts.length === 0 ? "./" : `./?${parts.join("&")}`;
    },
  };
}

function failure(error: unknown, theme: ThemeChoice): HTMLElement {
  const hint = error instanceof ApiError ? error.hint : undefined;
  const message = error instanceof Error ? error.message : String(error);
  return element(
    "div",
    { class: "notice", role: "alert" },
    element("p", {}, element("b", {}, message)),
    hint === undefined ? null : element("p", {}, hint),
    element(
      "p",
      {},
      button("try again", () => location.reload()),
      " ",
      element("a", { href: `./${writeUrlState({}, {}, { theme: theme.choice })}` }, "all runs"),
    ),
  );
}
