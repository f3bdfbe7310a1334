import type { Locator } from "playwright-core";

/** Opens the menu of a figure, where it is not open yet: saving leaves it open. */
export async function openFigureMenu(figure: Locator): Promise<void> {
  const isOpen = (await figure.locator(".menu[open]").count()) > 0;
  if (!isOpen) await figure.locator(".menu > summary").click();
}
