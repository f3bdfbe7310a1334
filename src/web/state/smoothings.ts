/** Smoothings of curves, by the names that addresses use; the server computes it on every stored step. */
export const smoothings = {
  none: { words: "no smoothing", query: {} },
  mean5: { words: "mean over 5 steps", query: { smooth: "mean", window: "5" } },
  mean11: { words: "mean over 11 steps", query: { smooth: "mean", window: "11" } },
  mean31: { words: "mean over 31 steps", query: { smooth: "mean", window: "31" } },
  median5: { words: "median over 5 steps", query: { smooth: "median", window: "5" } },
  median11: { words: "median over 11 steps", query: { smooth: "median", window: "11" } },
  median31: { words: "median over 31 steps", query: { smooth: "median", window: "31" } },
  ema90: { words: "exponential, weight 0.9", query: { smooth: "ema", weight: "0.9" } },
  ema97: { words: "exponential, weight 0.97", query: { smooth: "ema", weight: "0.97" } },
} as const;

export type SmoothingName = keyof typeof smoothings;

export const smoothingNames = [
  "none",
  "mean5",
  "mean11",
  "mean31",
  "median5",
  "median11",
  "median31",
  "ema90",
  "ema97",
] as const satisfies readonly SmoothingName[];
