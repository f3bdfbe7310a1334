import type { Page } from "playwright-core";

interface Measured {
  readonly name: string;
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

/** Pixels by which boxes may overlap: those of letters are higher than what is seen of them. */
const slack = 0.6;

/** Parts of a picture that stand in its plot, and not under each other. */
const within = ["labels", "events"];

/**
 * Draws an SVG in a browser and measures it: names the texts that lie on each other or reach over the edge of the
 * picture, and parts, such as the legend, that lie on another part or on the plot.
 */
export async function crowdedTexts(page: Page, svg: string): Promise<string[]> {
  await page.setContent(`<body style="margin:0">${svg}</body>`);
  const texts = (await measured(page, "text")).map((each) => ({
    ...each,
    name: `“${each.name.slice(0, 40)}”`,
  }));
  const parts = (await measured(page, "[data-part]")).filter(({ name }) => !within.includes(name));
  const [edge] = await measured(page, "svg");
  const outside = texts.filter(
    ({ left, right, top, bottom }) =>
      edge === undefined ||
      left < edge.left - slack ||
      right > edge.right + slack ||
      top < edge.top - slack ||
      bottom > edge.bottom + slack,
  );
  return [
    ...onEachOther(texts),
    ...outside.map(({ name }) => `${name} over the edge`),
    ...onEachOther(parts),
  ];
}

function measured(page: Page, selector: string): Promise<Measured[]> {
  return page.evaluate<Measured[]>(`[...document.querySelectorAll("${selector}")]
    .map((element) => {
      const { left, right, top, bottom } = element.getBoundingClientRect();
      return { name: element.dataset.part ?? element.textContent, left, right, top, bottom };
    })
    .filter(({ left, right }) => right > left)`);
}

function onEachOther(all: readonly Measured[]): string[] {
  return all.flatMap((one, index) =>
    all
      .slice(index + 1)
      .filter((other) => overlap(one, other))
      .map((other) => `${one.name} on ${other.name}`),
  );
}

function overlap(one: Measured, other: Measured): boolean {
  return (
    one.left + slack < other.right &&
    other.left + slack < one.right &&
    one.top + slack < other.bottom &&
    other.top + slack < one.bottom
  );
}
