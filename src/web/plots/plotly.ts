import type { PlotlyRecord, PlotlyTrace } from "../../figures/figure.js";

/** An element that plotly has drawn into. */
export interface PlotElement extends HTMLDivElement {
  on(event: "plotly_relayout", listener: (change: Readonly<Record<string, unknown>>) => void): void;
  on(event: "plotly_doubleclick" | "plotly_unhover", listener: () => void): void;
  on(
    event: "plotly_click" | "plotly_hover",
    listener: (click: { readonly points: readonly PlotPoint[] }) => void,
  ): void;
}

/** A data point under the pointer. */
export interface PlotPoint {
  readonly x?: unknown;
  readonly customdata?: unknown;
}

/** Part of plotly that the pages use. */
export interface Plotly {
  react(
    target: HTMLDivElement,
    data: readonly PlotlyTrace[],
    layout: PlotlyRecord,
    config: PlotlyRecord,
  ): Promise<PlotElement>;
  relayout(target: HTMLDivElement, change: PlotlyRecord): Promise<PlotElement>;
  toImage(
    figure: { readonly data: readonly PlotlyTrace[]; readonly layout: PlotlyRecord },
    options: { format: "png" | "svg"; width: number; height: number; scale?: number },
  ): Promise<string>;
}

declare global {
  interface Window {
    Plotly?: Plotly;
  }
}

let loading: Promise<Plotly> | undefined;

/** Loads plotly from this server. It is large, so it is asked for as soon as a page knows that it draws. */
export function loadPlotly(): Promise<Plotly> {
  loading ??= new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = "./plotly.min.js";
    script.addEventListener("load", () => {
      if (window.Plotly === undefined) reject(new Error("plotly.min.js did not define Plotly"));
      else resolve(window.Plotly);
    });
    script.addEventListener("error", () => reject(new Error("plotly.min.js could not be loaded")));
    document.head.append(script);
  });
  return loading;
}
