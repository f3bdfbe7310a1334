import { button, element } from "./dom.js";

/** Key, its action in words, and the action. */
export interface Shortcut {
  /** Names as in `KeyboardEvent.key`; with `Shift+` in front where that is held. */
  readonly keys: readonly string[];
  readonly words: string;
  readonly run: () => void;
}

const names: Readonly<Record<string, string>> = {
  ArrowLeft: "←",
  ArrowRight: "→",
  ArrowDown: "↓",
  ArrowUp: "↑",
  PageDown: "page down",
  PageUp: "page up",
  "Shift+ArrowLeft": "Shift ←",
  "Shift+ArrowRight": "Shift →",
  " ": "space",
};

/** Keys for the whole page, and a dialog that lists them. */
export class Shortcuts {
  readonly dialog = element("dialog", { class: "help", "aria-label": "keyboard shortcuts" });
  readonly #shortcuts: readonly Shortcut[];

  constructor(shortcuts: readonly Shortcut[], mouse: readonly (readonly [string, string])[] = []) {
    this.#shortcuts = [...shortcuts, { keys: ["?"], words: "this list", run: () => this.open() }];
    const lines = [
      ...this.#shortcuts.map(
        ({ keys, words }) => [keys.map((key) => names[key] ?? key).join("  "), words] as const,
      ),
      ...mouse,
    ];
    this.dialog.append(
      element("h2", {}, "Keyboard and mouse"),
      element(
        "dl",
        {},
        ...lines.flatMap(([keys, words]) => [element("dt", {}, keys), element("dd", {}, words)]),
      ),
      button("close", () => this.dialog.close()),
    );
    this.dialog.addEventListener("click", (event) => {
      if (event.target === this.dialog) this.dialog.close();
    });
    window.addEventListener("keydown", (event) => this.#press(event));
  }

  open(): void {
    if (!this.dialog.open) this.dialog.showModal();
  }

  #press(event: KeyboardEvent): void {
    if (event.ctrlKey || event.metaKey || event.altKey || this.dialog.open || isTyping(event)) return;
    const isSteps = event.key.startsWith("Arrow");
    const key = event.shiftKey && isSteps ? `Shift+${event.key}` : event.key;
    const shortcut = this.#shortcuts.find(({ keys }) => keys.includes(key));
    if (shortcut === undefined) return;
    event.preventDefault();
    shortcut.run();
  }
}

/** Tells whether a key belongs to the control that has the focus. */
function isTyping({ target, key }: KeyboardEvent): boolean {
  if (!(target instanceof HTMLElement)) return false;
  if (target instanceof HTMLInputElement && target.type === "checkbox") return key === " ";
  if (target instanceof HTMLInputElement) return target.type !== "range";
  if (target instanceof HTMLSelectElement || target instanceof HTMLTextAreaElement) return true;
  return [" ", "Enter"].includes(key) && target.closest("button, summary, a, [tabindex='0']") !== null;
}
