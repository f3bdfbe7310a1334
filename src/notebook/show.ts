import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { TurncoatError } from "../errors.js";
import type { Figure } from "../figures/figure.js";
import { figureHtml, plotlyHtml } from "./figureHtml.js";

/** Receiver of HTML: `display` of tslab, or anything like it. */
export interface NotebookDisplay {
  html(text: string): void;
}

/** Settings of what is shown in a notebook. */
export interface ShowOptions {
  /** @default that of the tslab kernel this runs in */
  readonly display?: NotebookDisplay;
}

/** True once a cell of this session holds Plotly for the figures after it. */
let isPlotlyLoaded = false;

/**
 * Stores Plotly once in this cell's output, so that the figures of all later cells are small. Without it every
 * output of `show` carries a copy of its own.
 * @throws TurncoatError outside tslab
 */
export function loadPlotly(options: ShowOptions = {}): void {
  (options.display ?? tslabDisplay()).html(plotlyHtml());
  isPlotlyLoaded = true;
}

/**
 * Shows figures in a tslab notebook, several in one frame.
 * @throws TurncoatError outside tslab
 */
export function show(figures: Figure | readonly Figure[], options: ShowOptions = {}): void {
  const display = options.display ?? tslabDisplay();
  display.html(figureHtml(figures, { plotly: isPlotlyLoaded ? "shared" : "inlined" }));
}

/**
 * Finds the display of the kernel that runs this process. It is looked for among the loaded modules, because a kernel
 * installed elsewhere is another copy of tslab than any that could be imported from here.
 */
function tslabDisplay(): NotebookDisplay {
  const require = createRequire(import.meta.url);
  const kernels = Object.keys(require.cache).filter((path) =>
    /[\\/]tslab[\\/]dist[\\/]jupyter\.js$/.test(path),
  );
  const local = kernels.find((path) => path === localKernel());
  const kernel = local ?? kernels[0];
  if (kernel === undefined) {
    throw new TurncoatError("show: expected a notebook that runs in tslab, found none", {
      hint: "outside notebooks, write the figures to a file with writeOfflinePage",
    });
  }
  const module: unknown = require(join(dirname(kernel), "public.js"));
  if (typeof module === "object" && module !== null && "display" in module && isDisplay(module.display)) {
    return module.display;
  }
  throw new TurncoatError(`show: ${kernel}: expected tslab with display.html, found none`, {
    hint: 'pass it on: import { display } from "tslab", then show(figures, { display })',
  });
}

/** Path of the copy of tslab that a kernel hands over to where it finds one above the notebook's folder. */
function localKernel(): string | undefined {
  try {
    return createRequire(join(process.cwd(), "cell.js")).resolve("tslab/dist/jupyter.js");
  } catch {
    return undefined;
  }
}

function isDisplay(value: unknown): value is NotebookDisplay {
  return typeof value === "object" && value !== null && "html" in value && typeof value.html === "function";
}
