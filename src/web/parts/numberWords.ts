/** Narrow no-break space, between a number and its unit. */
export const thinSpace = "\u202f";

/** A number with a typographic minus sign. */
export function signed(text: string): string {
  return text.replace(/^-/, "−");
}

/** A number with thin spaces between its thousands from 10 000 on, such as a step or a count. */
export function grouped(value: number | string): string {
  const [whole = "", ...fraction] = String(value).split(".");
  const digits = /\d{5,}$/.test(whole) ? whole.replaceAll(/\B(?=(\d{3})+$)/g, thinSpace) : whole;
  return [digits, ...fraction].join(".");
}

/** Percentage in words: one decimal below ten, none above. */
export function percentWords(value: number): string {
  return `${decimals(value)}${thinSpace}%`;
}

/** Interval in words, such as "[76, 86]". */
export function intervalWords(low: number, high: number): string {
  return `[${decimals(low)}, ${decimals(high)}]`;
}

function decimals(value: number): string {
  const text = Math.abs(value) < 9.95 && !Number.isInteger(value) ? value.toFixed(1) : value.toFixed(0);
  // What rounds to nothing has no sign.
  return signed(grouped(text.replace(/\.0$/, "").replace(/^-0$/, "0")));
}

/**
 * Format that a plotly hover template gives a value, such as `%{y:.1f} %`: only `.nf` and `.ng` occur. Any other
 * template gives four significant digits.
 */
export function templateFormat(template: string): (value: number) => string {
  const parts = /^%\{y:\.(\d+)([fg])\}(.*)$/.exec(template);
  const digits = Number(parts?.[1] ?? 4);
  const unit = (parts?.[3] ?? "").replace("<extra></extra>", "").replace(" ", thinSpace);
  return (value) => {
    const number = parts?.[2] === "f" ? value.toFixed(digits) : String(Number(value.toPrecision(digits)));
    return `${signed(grouped(number))}${unit}`;
  };
}
