import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import type { DataFrame } from "turncoat/danfojs";
import { TurncoatError } from "../errors.js";
import type { Figure } from "../figures/figure.js";
import { stackedSvg } from "../figures/static/stackedSvg.js";
import { figureHtml, plotlyHtml } from "./figureHtml.js";
import { frameHtml, frameText } from "./frameTable.js";

/** One output in several formats, by MIME type; a page shows the one that it can show best. */
export type MimeBundle = Readonly<Record<string, string>>;

/** Receiver of outputs: `display` of tslab, or anything like it. */
export interface NotebookDisplay {
  html(text: string): void;
  /** Takes one output in several formats. @default only its HTML is shown, by `html` */
  bundle?(data: MimeBundle): void;
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
 * Shows figures in a tslab notebook, several in one frame; or a data frame as a table. Figures are stored as HTML that
 * can be zoomed, as SVG, and in words, so that hosts that run no scripts show them.
 * @throws TurncoatError outside tslab
 */
export function show(shown: Figure | readonly Figure[] | DataFrame, options: ShowOptions = {}): void {
  const display = options.display ?? tslabDisplay();
  const data = isFrame(shown) ? frameBundle(shown) : figuresBundle(isList(shown) ? shown : [shown]);
  if (display.bundle === undefined) display.html(data["text/html"]);
  else display.bundle({ ...data });
}

interface ShownBundle {
  readonly "text/html": string;
  readonly "text/plain": string;
  readonly "image/svg+xml"?: string;
}

function frameBundle(frame: DataFrame): ShownBundle {
  return { "text/html": frameHtml(frame), "text/plain": frameText(frame) };
}

function figuresBundle(figures: readonly Figure[]): ShownBundle {
  return {
    "text/html": figureHtml(figures, { plotly: isPlotlyLoaded ? "shared" : "inlined" }),
    "image/svg+xml": stackedSvg(figures),
    "text/plain": figures.map(({ meta }) => `${meta.title}. ${meta.summary}`).join("\n"),
  };
}

function isList(shown: Figure | readonly Figure[]): shown is readonly Figure[] {
  return Array.isArray(shown);
}

function isFrame(shown: Figure | readonly Figure[] | DataFrame): shown is DataFrame {
  return "columns" in shown && "values" in shown;
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
  const writer: unknown = require(kernel);
  if (isWriter(writer)) {
    const bundle = (data: MimeBundle): void =>
      writer.lastWriteDisplayData({ data, metadata: {}, transient: {} }, false);
    return { html: (text) => bundle({ "text/html": text }), bundle };
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

/** Part of the kernel that writes outputs; its public functions write one format at a time. */
interface KernelWriter {
  lastWriteDisplayData(
    output: { data: MimeBundle; metadata: object; transient: object },
    isUpdate: boolean,
  ): void;
}

function isWriter(value: unknown): value is KernelWriter {
  return (
    typeof value === "object" &&
    value !== null &&
    "lastWriteDisplayData" in value &&
    typeof value.lastWriteDisplayData === "function"
  );
}

function isDisplay(value: unknown): value is NotebookDisplay {
  return typeof value === "object" && value !== null && "html" in value && typeof value.html === "function";
}
