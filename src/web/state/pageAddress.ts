import type { Theme } from "../parts/theme.js";
import type { UrlSchema } from "./urlFields.js";
import { readUrlState, writeUrlState, type UrlStateOf } from "./urlState.js";

/** Address of the page that is open: reads it, changes it, and follows Back. */
export class PageAddress<S extends UrlSchema> {
  readonly notices: readonly string[];
  readonly #schema: S;
  /** Key by which an address names this page; written even without a value. */
  readonly #pageKey: string | null;
  readonly #listeners: ((state: UrlStateOf<S>) => void)[] = [];
  #state: UrlStateOf<S>;
  #theme: Theme | null;

  constructor(schema: S, pageKey: string | null) {
    this.#schema = schema;
    this.#pageKey = pageKey;
    const { state, common, notices } = readUrlState(schema, location.search);
    this.notices = notices;
    this.#state = state;
    this.#theme = common.theme;
    window.addEventListener("popstate", () => this.#return());
  }

  get state(): UrlStateOf<S> {
    return this.#state;
  }

  /** Theme that the address says; null where the system decides. */
  get theme(): Theme | null {
    return this.#theme;
  }

  /**
   * Writes changes into the address. A change of a field whose `entry` is "push" makes a new entry of the
   * history, so that Back undoes it; `entry` says otherwise for this once.
   */
  set(changes: Partial<UrlStateOf<S>>, options: { readonly entry?: "push" | "replace" } = {}): void {
    const before: Readonly<Record<string, unknown>> = this.#state;
    const after: Readonly<Record<string, unknown>> = changes;
    const pushes = Object.entries(this.#schema).some(
      ([name, field]) =>
        field.entry === "push" && name in after && field.format(after[name]) !== field.format(before[name]),
    );
    this.#state = { ...this.#state, ...changes };
    this.#write(options.entry ?? (pushes ? "push" : "replace"));
  }

  setTheme(theme: Theme | null): void {
    this.#theme = theme;
    this.#write("replace");
  }

  /** Address of this page after changes, relative to the server's root. */
  link(changes: Partial<UrlStateOf<S>> = {}): string {
    const query = writeUrlState(this.#schema, { ...this.#state, ...changes }, { theme: this.#theme });
    const key = this.#pageKey;
    if (key === null || new URLSearchParams(query).has(key)) return `./${query}`;
    return `./?${[`${key}=`, ...(query === "" ? [] : [query.slice(1)])].join("&")}`;
  }

  /** Calls back after Back or Forward, with what the address says then. Without a listener the page reloads. */
  onReturn(listener: (state: UrlStateOf<S>) => void): void {
    this.#listeners.push(listener);
  }

  #write(entry: "push" | "replace"): void {
    const link = this.link();
    if (new URL(link, location.href).href === location.href) return;
    if (entry === "push") history.pushState(null, "", link);
    else history.replaceState(null, "", link);
  }

  #return(): void {
    if (this.#listeners.length === 0) {
      location.reload();
      return;
    }
    this.#state = readUrlState(this.#schema, location.search).state;
    // The theme is the reader's present choice, not a place to go back to.
    this.#write("replace");
    for (const listener of this.#listeners) listener(this.#state);
  }
}
