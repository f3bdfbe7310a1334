import { runInNewContext } from "node:vm";
import { describe, expect, test } from "vitest";
import { analyze } from "../../../src/analysis/analyze.js";
import { summary } from "../../../src/pipeline/report/summary.js";
import { behaviorFigure } from "../../../src/figures/run/behaviorFigure.js";
import type { Figure } from "../../../src/figures/figure.js";
import { lossFigure } from "../../../src/figures/run/lossFigure.js";
import { standaloneHtml } from "../../../src/figures/standalone/standaloneHtml.js";
import { exampleRun } from "../../support/exampleAnalysisInput.js";

const analysis = analyze(exampleRun({ dimension: 6, every: 4 }));
const figures = [behaviorFigure(analysis), lossFigure(analysis)].filter(
  (figure): figure is Figure => figure !== null,
);
const bundle = 'var Plotly={react(){return "</script><!-- $& $1"}};';
const title = "a </script> & <b>";
const html = standaloneHtml({
  title,
  parts: [{ title, sentences: summary(analysis), figures }],
  plotlyBundle: bundle,
});

/** The contents of the script elements, as a browser would cut them out. */
function scripts(text: string): string[] {
  return [...text.matchAll(/<script[^>]*>([\s\S]*?)<\/script/gi)].map((match) => match[1] ?? "");
}

describe("standaloneHtml", () => {
  test("keeps the bundle whole: nothing inside it ends its script element", () => {
    const [source = ""] = scripts(html);
    expect(scripts(html)).toHaveLength(4);
    expect(source).not.toMatch(/<\/script|<!--/i);
    // The escaped source still means the same.
    const value: unknown = runInNewContext(`${source}; Plotly.react();`);
    expect(value).toBe("</script><!-- $& $1");
  });

  test("carries figures and tables in six significant digits, without the title that the page shows itself", () => {
    const carried: unknown = JSON.parse(scripts(html)[1] ?? "");
    const six = (_key: string, value: unknown): unknown =>
      typeof value === "number" ? Number(value.toPrecision(6)) : value;
    const expected = figures.map(({ data, layout, meta }) => ({
      data,
      layout: { ...layout, title: undefined },
      table: meta.table,
    }));
    expect(carried).toEqual(JSON.parse(JSON.stringify(expected, six)));
  });

  test("asks for nothing outside the file", () => {
    expect(html).toContain("default-src 'none'");
    expect(html.replace(/<script>[\s\S]*?<\/script>/gi, "")).not.toMatch(/https?:|src=|href=|@import|url\(/);
  });

  test("escapes text and gives every figure a name, a summary, a caption and a table", () => {
    expect(html).toContain("<h1>a &lt;/script&gt; &amp; &lt;b&gt;</h1>");
    for (const [index, { meta }] of figures.entries()) {
      expect(html).toContain(`aria-labelledby="title-${index}" aria-describedby="summary-${index}"`);
      expect(html).toContain(`Data (${meta.table.rows.length} rows)`);
    }
    expect(html.match(/<figcaption>/g)).toHaveLength(figures.length);
    expect(html).toContain("prefers-color-scheme: dark");
    expect(html).toContain(`<p class="headline">${summary(analysis)[0] ?? ""}</p>`);
  });
});
