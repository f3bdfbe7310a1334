/** Okabe and Ito's hues (2008), told apart by all common kinds of colour vision. */
const okabeIto = {
  black: "#000000",
  orange: "#E69F00",
  skyBlue: "#56B4E9",
  bluishGreen: "#009E73",
  yellow: "#F0E442",
  blue: "#0072B2",
  vermillion: "#D55E00",
  reddishPurple: "#CC79A7",
} as const;

/** Colours by meaning: behaviour, mechanism, control, selection. */
export interface Palette {
  readonly background: string;
  /** Colour of text and axes. */
  readonly foreground: string;
  /** Colour of tick labels and second-rank text; contrast still 4.5:1. */
  readonly muted: string;
  readonly grid: string;
  readonly misaligned: string;
  /** Colour of letters about misalignment, dark enough to read: contrast 4.5:1. */
  readonly misalignedText: string;
  readonly aligned: string;
  readonly control: string;
  /** A movement or gate drawn under a curve. */
  readonly underlay: string;
  /** Mechanism: B, A, the gradient norm. */
  readonly mechanism: string;
  readonly mechanismSecond: string;
  /** A faint raw series under its smoothed one. */
  readonly faint: string;
  /** Shades of the mechanism's colour for curves of B or ΔW that differ in a parameter, such as k; doubled by dashes. */
  readonly series: readonly [string, string, string];
  /** The same of A. */
  readonly seriesSecond: readonly [string, string, string];
  /** Runs beside each other, in order, each doubled by its dash pattern. */
  readonly runs: readonly string[];
  readonly band: string;
  /**
   * Scale of a map, at equal distances from nothing to everything: one hue, so that lightness alone tells them apart.
   */
  readonly scale: readonly string[];
}

const light: Palette = {
  background: "#ffffff",
  foreground: "#1a1a1a",
  muted: "#595959",
  grid: "#e6e6e6",
  misaligned: okabeIto.vermillion,
  misalignedText: "#b04d00",
  aligned: okabeIto.blue,
  control: "#767676",
  underlay: "#d0d0d0",
  mechanism: "#00785a",
  mechanismSecond: "#a8527f",
  faint: "#8cc7b6",
  series: ["#45a086", "#00785a", "#003f2f"],
  seriesSecond: ["#c57fa3", "#a8527f", "#5f2343"],
  runs: [okabeIto.blue, okabeIto.vermillion, "#00785a", "#a8527f", "#6b4a00", "#1a1a1a"],
  band: "#ececec",
  scale: ["#eef1ef", "#c3dad2", "#92c0b0", "#559f87", "#006b50"],
};

const dark: Palette = {
  background: "#16181a",
  foreground: "#e8e8e8",
  muted: "#a6a6a6",
  grid: "#33373a",
  misaligned: "#f07c2a",
  misalignedText: "#f28a3f",
  aligned: "#5aa9dd",
  control: "#9b9b9b",
  underlay: "#4a4f53",
  mechanism: "#2fbf96",
  mechanismSecond: "#d990b8",
  faint: "#1f6350",
  series: ["#a4ead4", "#2fbf96", "#248a6d"],
  seriesSecond: ["#f4d3e5", "#d990b8", "#a5648a"],
  runs: ["#5aa9dd", "#f07c2a", "#2fbf96", "#d990b8", "#e6a01a", "#e8e8e8"],
  band: "#26292c",
  scale: ["#25302d", "#21493f", "#1e6755", "#1f886d", "#2aab88"],
};

/** The colours of a theme. */
export function palette(theme: "light" | "dark" = "light"): Palette {
  return theme === "dark" ? dark : light;
}

/** Dashes that double the colours of a family of curves. */
export const dashes = ["solid", "dash", "dot"] as const;

/** Dashes that double the colours of runs: six that stay apart in greyscale, strokes and gaps in pixels. */
export const dashPatterns = [
  "solid",
  "9px,4px",
  "2px,3px",
  "12px,3px,2px,3px",
  "18px,5px",
  "6px,2px,2px,2px,2px,2px",
] as const;

/**
 * Maps every light colour to its dark counterpart, so that a drawn figure can be recoloured without being made again.
 * Light colours that are equal have equal counterparts.
 */
export function darkCounterparts(): Readonly<Record<string, string>> {
  const pairs: [string, string][] = [
    [light.background, dark.background],
    [light.foreground, dark.foreground],
    [light.muted, dark.muted],
    [light.grid, dark.grid],
    [light.misaligned, dark.misaligned],
    [light.misalignedText, dark.misalignedText],
    [light.aligned, dark.aligned],
    [light.control, dark.control],
    [light.underlay, dark.underlay],
    [light.mechanism, dark.mechanism],
    [light.mechanismSecond, dark.mechanismSecond],
    [light.faint, dark.faint],
    [light.band, dark.band],
    ...light.runs.map((color, index): [string, string] => [color, dark.runs[index] ?? color]),
    ...light.scale.map((color, index): [string, string] => [color, dark.scale[index] ?? color]),
    ...light.series.map((color, index): [string, string] => [color, dark.series[index] ?? color]),
    ...light.seriesSecond.map((color, index): [string, string] => [color, dark.seriesSecond[index] ?? color]),
  ];
  return Object.fromEntries(pairs);
}
