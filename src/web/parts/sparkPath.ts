/** Size of a sparkline, in its own units. */
export const sparkSize = { width: 96, height: 18 } as const;

/** SVG path through the values of neighbouring steps, from the bottom (0 %) to the top (100 %). */
export function pathOf(
  steps: readonly number[],
  percent: readonly (number | null)[],
  [first, last]: readonly [number, number],
): string {
  let isDown = false;
  return steps
    .flatMap((step, index) => {
      const value = percent[index] ?? null;
      if (value === null) {
        isDown = false;
        return [];
      }
      const x = ((step - first) / Math.max(1, last - first)) * sparkSize.width;
      const y = 1 + (1 - value / 100) * (sparkSize.height - 2);
      const command = isDown ? "L" : "M";
      isDown = true;
      return [`${command}${x.toFixed(1)} ${y.toFixed(1)}`];
    })
    .join("");
}
