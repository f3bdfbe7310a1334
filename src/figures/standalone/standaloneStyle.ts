import { palette } from "../style/palette.js";

/** Style sheet of a page that opens from disk. */
export function standaloneStyle(): string {
  const light = palette("light");
  const dark = palette("dark");
  return `
body { margin: 0 auto; max-width: 1100px; padding: 24px 16px; font: 14px/20px system-ui, sans-serif; font-variant-numeric: tabular-nums; background: ${light.background}; color: ${light.foreground}; }
h1 { font-size: 18px; line-height: 24px; font-weight: 600; }
h2 { font-size: 18px; line-height: 24px; font-weight: 600; margin: 48px 0 8px; }
h3 { font-size: 14px; line-height: 20px; font-weight: 600; margin: 0; }
nav { margin: 16px 0; }
nav a, nav a:visited { color: inherit; margin-right: 16px; }
.facts { display: grid; grid-template-columns: max-content 1fr; gap: 0 16px; margin: 8px 0; }
.facts dt { font-weight: 400; color: ${light.muted}; }
.facts dd { margin: 0; color: inherit; overflow-wrap: anywhere; }
section { margin-top: 32px; border-top: 1px solid ${light.grid}; padding-top: 12px; }
.plot { height: 340px; }
.tall { height: 520px; }
figure { margin: 0; }
figcaption, dd { color: ${light.muted}; max-width: 80ch; }
table { border-collapse: collapse; font-size: 12px; display: block; max-height: 320px; overflow: auto; }
input { font: inherit; color: inherit; background: inherit; border: 1px solid ${light.control}; border-radius: 2px; padding: 2px 8px; margin: 4px 0; }
th, td { text-align: right; padding: 2px 8px; }
dt { font-weight: 600; }
dd { margin: 0 0 4px; }
.visually-hidden { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
@media (prefers-color-scheme: dark) {
body { background: ${dark.background}; color: ${dark.foreground}; }
section { border-color: ${dark.grid}; }
figcaption, dd, .facts dt { color: ${dark.muted}; }
.facts dd { color: inherit; }
}
@media print { details { display: none; } section { break-inside: avoid; } }
`;
}
