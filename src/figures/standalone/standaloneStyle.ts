import { palette, type Palette } from "../style/palette.js";

/** Style sheet of a page that opens from disk: the measures of the program's own pages. */
export function standaloneStyle(): string {
  return `
:root { ${colors(palette("light"))} }
body { margin: 0 auto; max-width: 1100px; padding: 24px 16px 64px; font: 14px/20px system-ui, sans-serif; font-variant-numeric: tabular-nums; background: var(--background); color: var(--foreground); }
h1 { font-size: 18px; line-height: 24px; font-weight: 600; margin: 0 0 16px; }
h2 { font-size: 18px; line-height: 24px; font-weight: 600; margin: 56px 0 8px; padding-top: 16px; border-top: 2px solid var(--foreground); overflow-wrap: anywhere; }
h3 { font-size: 14px; line-height: 20px; font-weight: 600; margin: 0; overflow-wrap: anywhere; }
p { max-width: 90ch; margin: 8px 0; }
.headline { font-size: 18px; line-height: 26px; max-width: 76ch; }
.note { color: var(--muted); }
.found { max-width: 100ch; margin: 8px 0; padding-left: 18px; }
nav { margin: 16px 0; }
nav a, nav a:visited, th a, th a:visited { color: inherit; margin-right: 16px; }
summary { color: var(--muted); cursor: pointer; }
.facts { display: grid; grid-template-columns: max-content 1fr; gap: 0 16px; margin: 8px 0; }
.facts dt { font-weight: 400; color: var(--muted); }
.facts dd { margin: 0; color: inherit; overflow-wrap: anywhere; }
section { margin-top: 32px; border-top: 1px solid var(--grid); padding-top: 12px; }
.plot { height: 340px; }
.tall { height: 520px; }
figure { margin: 0; }
figcaption, dd { color: var(--muted); max-width: 90ch; }
figcaption { font-size: 12px; line-height: 16px; margin: 4px 0 8px; }
table { border-collapse: collapse; font-size: 12px; line-height: 16px; }
details table { display: block; max-height: 320px; overflow: auto; }
input { font: inherit; color: inherit; background: inherit; border: 1px solid var(--control); border-radius: 2px; padding: 2px 8px; margin: 4px 0; }
th, td { text-align: right; padding: 2px 8px; }
dt { font-weight: 600; }
dd { margin: 0 0 4px; }
.overview { overflow-x: auto; margin: 16px 0; }
.overview th, .overview td { padding: 4px 16px 4px 0; text-align: left; vertical-align: top; border-bottom: 1px solid var(--grid); }
.overview thead th { font-weight: 400; color: var(--muted); vertical-align: bottom; }
.overview td { white-space: nowrap; }
.overview td:nth-child(2) { white-space: normal; min-width: 20ch; }
.overview tbody th { font-weight: 600; overflow-wrap: anywhere; min-width: 12ch; }
.answers { table-layout: fixed; width: 100%; margin: 12px 0 24px; }
.answers caption { text-align: left; padding: 4px 0; color: var(--foreground); font-weight: 600; }
.answers th, .answers td { text-align: left; vertical-align: top; padding: 6px 12px 6px 0; border-bottom: 1px solid var(--grid); }
.answers thead th { font-weight: 400; color: var(--muted); }
.answers tbody th { font-weight: 400; }
blockquote { margin: 0; padding-left: 8px; border-left: 3px solid var(--control); overflow-wrap: anywhere; }
blockquote p { margin: 0 0 4px; }
blockquote footer { color: var(--muted); }
blockquote b { font-weight: 600; }
.misaligned { border-color: var(--misaligned); }
.misaligned b { color: var(--misalignedText); }
.not-misaligned { border-color: var(--aligned); }
.visually-hidden { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
@media screen and (prefers-color-scheme: dark) { :root { ${colors(palette("dark"))} } }
@media (max-width: 640px) {
.answers, .answers tbody, .answers tr, .answers th, .answers td { display: block; }
.answers thead { display: none; }
.answers tbody th { font-weight: 600; }
}
@media print {
body { max-width: none; padding: 0; font-size: 10pt; }
details:not(.made) { display: none; }
h2 { break-before: page; }
h2, h3, caption { break-after: avoid; }
section:not(.around), tr, figure { break-inside: avoid; }
.plot { height: 300px; }
.tall { height: 480px; }
.overview { overflow: visible; }
.overview table { font-size: 8pt; }
.overview th, .overview td { white-space: normal; padding-right: 8px; min-width: 0; }
}
`;
}

function colors(theme: Palette): string {
  const { background, foreground, muted, grid, control, misaligned, misalignedText, aligned } = theme;
  return Object.entries({ background, foreground, muted, grid, control, misaligned, misalignedText, aligned })
    .map(([name, color]) => `--${name}: ${color};`)
    .join(" ");
}
