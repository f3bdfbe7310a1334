/** A share as a percentage of two significant digits: "1.2 %". */
export function percentWords(share: number): string {
  return `${Number((100 * share).toPrecision(2))} %`;
}
