import type { PlotlyRecord, PlotlyTrace, PlotlyValue } from "../figures/figure.js";

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

/** What the pages use of plotly. */
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

/** Plotly, from this server. It is large, so it is asked for as soon as a page knows that it draws. */
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

/** Whether a value of plotly's JSON is an object. */
export function isPlotlyRecord(value: PlotlyValue | undefined): value is PlotlyRecord {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A field that is an object, else an empty one. */
export function recordAt(record: PlotlyRecord, field: string): PlotlyRecord {
  const value = record[field];
  return isPlotlyRecord(value) ? value : {};
}

/** The objects of a field that is a list. */
export function recordsAt(record: PlotlyRecord, field: string): PlotlyRecord[] {
  const value = record[field];
  if (!Array.isArray(value)) return [];
  const list: readonly PlotlyValue[] = value;
  return list.filter(isPlotlyRecord);
}

/** A field that is a list of numbers; what is not a number becomes NaN. */
export function numbersAt(record: PlotlyRecord, field: string): number[] {
  const value = record[field];
  if (!Array.isArray(value)) return [];
  const list: readonly PlotlyValue[] = value;
  return list.map((item) => (typeof item === "number" ? item : NaN));
}

/** A field that is a text, else the other one. */
export function textAt(record: PlotlyRecord, field: string, otherwise = ""): string {
  const value = record[field];
  return typeof value === "string" ? value : otherwise;
}
