type Child = Node | string | null;

/** Creates an element with attributes and children; text is never parsed as markup. A false attribute is left out. */
export function element<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Readonly<Record<string, string | number | boolean | undefined>> = {},
  ...children: readonly Child[]
): HTMLElementTagNameMap[K] {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === false) continue;
    made.setAttribute(name, value === true ? "" : String(value));
  }
  made.append(...children.filter((child) => child !== null));
  return made;
}

/** Creates a button that does one thing. `label` is read out where the text is only a sign. */
export function button(
  text: string,
  onClick: () => void,
  options: { readonly label?: string; readonly title?: string; readonly className?: string } = {},
): HTMLButtonElement {
  const made = element(
    "button",
    {
      type: "button",
      class: options.className,
      "aria-label": options.label,
      title: options.title ?? options.label,
    },
    text,
  );
  made.addEventListener("click", onClick);
  return made;
}

/** Brings an element to the top of the window and gives it the focus, so that keys and reading go on from there. */
export function goTo(target: HTMLElement): void {
  if (!target.hasAttribute("tabindex")) target.tabIndex = -1;
  target.focus({ preventScroll: true });
  target.scrollIntoView({ block: "start" });
}

/** Wraps a function so that it is called at most once a frame, for the last call. */
export function oncePerFrame(run: () => void): () => void {
  let pending = false;
  return () => {
    if (pending) return;
    pending = true;
    requestAnimationFrame(() => {
      pending = false;
      run();
    });
  };
}

/** Wraps a function so that it is called once the calls have stopped for a while. */
export function afterPause(run: () => void, milliseconds: number): () => void {
  let timer: number | undefined;
  return () => {
    clearTimeout(timer);
    timer = setTimeout(run, milliseconds);
  };
}
