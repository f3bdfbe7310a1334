/** Theme of page and figures. */
export type Theme = "light" | "dark";

const darkSystem = matchMedia("(prefers-color-scheme: dark)");

/** The theme of the page: the reader's choice, else the system's. */
export class ThemeChoice {
  #choice: Theme | null;
  readonly #listeners: ((theme: Theme) => void)[] = [];

  constructor(choice: Theme | null) {
    this.#choice = choice;
    this.#apply();
    darkSystem.addEventListener("change", () => {
      if (this.#choice === null) this.#tell();
    });
  }

  get theme(): Theme {
    return this.#choice ?? systemTheme();
  }

  /** Theme that belongs into the address: null where the system decides. */
  get choice(): Theme | null {
    return this.#choice;
  }

  /** Calls back after every change. */
  subscribe(listener: (theme: Theme) => void): void {
    this.#listeners.push(listener);
  }

  /** Switches to the other theme; choosing the system's theme follows the system again. */
  toggle(): void {
    const other = this.theme === "dark" ? "light" : "dark";
    this.#choice = other === systemTheme() ? null : other;
    this.#tell();
  }

  #tell(): void {
    this.#apply();
    for (const listener of this.#listeners) listener(this.theme);
  }

  #apply(): void {
    document.documentElement.dataset.theme = this.theme;
  }
}

function systemTheme(): Theme {
  return darkSystem.matches ? "dark" : "light";
}
