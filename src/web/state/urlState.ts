import type { StepRange } from "./steps.js";

/** What an address says about the page; what it leaves out takes its default. */
export interface UrlState {
  /** Null is the list of runs. */
  readonly run: string | null;
  /** Null is the step at which behaviour turns, else the last. */
  readonly step: number | null;
  /** Null follows the system. */
  readonly theme: "light" | "dark" | null;
  /** Null is the whole run. */
  readonly zoom: StepRange | null;
  /** Null is the question that changed most. */
  readonly question: string | null;
  /** Letters of the transitions that are not drawn. */
  readonly hidden: readonly string[];
}

const keys = ["run", "step", "theme", "zoom", "question", "hide"] as const;

/** Reads an address. Values that make no sense count as absent; `unknown` lists keys that mean nothing. */
export function readUrlState(search: string): {
  readonly state: UrlState;
  readonly unknown: readonly string[];
} {
  const query = new URLSearchParams(search);
  const step = query.get("step");
  const theme = query.get("theme");
  return {
    state: {
      run: query.get("run"),
      step: step !== null && /^\d{1,15}$/.test(step) ? Number(step) : null,
      theme: theme === "light" || theme === "dark" ? theme : null,
      zoom: readZoom(query.get("zoom")),
      question: query.get("question"),
      hidden: (query.get("hide") ?? "").split(",").filter((letter) => /^[A-Z]$/.test(letter)),
    },
    unknown: [...new Set(query.keys())].filter((key) => !keys.some((known) => known === key)),
  };
}

/** The query of an address, with `?`; empty where everything is at its default. */
export function writeUrlState(state: Partial<UrlState>): string {
  const parts: [string, string | number | null | undefined][] = [
    ["run", state.run],
    ["step", state.step],
    ["theme", state.theme],
    ["zoom", state.zoom?.map((bound) => Number(bound.toFixed(1))).join("_")],
    ["question", state.question],
    ["hide", state.hidden?.length === 0 ? null : state.hidden?.join(",")],
  ];
  const query = parts
    .filter(([, value]) => value !== null && value !== undefined)
    .map(([key, value]) => `${key}=${encodeURIComponent(String(value)).replaceAll("%2C", ",")}`);
  return query.length === 0 ? "" : `?${query.join("&")}`;
}

function readZoom(text: string | null): StepRange | null {
  const [, low, high] = /^(-?[\d.]+)_(-?[\d.]+)$/.exec(text ?? "") ?? [];
  const range: StepRange = [Number(low), Number(high)];
  return range[1] > range[0] ? range : null;
}
