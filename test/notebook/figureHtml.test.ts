import { gunzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { figureSvg } from "../../src/figures/static/figureSvg.js";
import { figureHtml, plotlyHtml } from "../../src/notebook/figureHtml.js";
import { plotlySource } from "../../src/notebook/plotlySource.js";
import { exampleFigure } from "../support/exampleFigure.js";

/** The document inside the frame, as a browser reads the attribute. */
function frame(html: string): string {
  const [, attribute = ""] = /srcdoc="([^"]*)"/.exec(html) ?? [];
  return attribute
    .replaceAll("&quot;", '"')
    .replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">")
    .replaceAll("&amp;", "&");
}

/** What a script element of the frame holds packed; undefined where there is none of that id. */
function unpacked(html: string, id: string): string | undefined {
  const match = new RegExp(`<script type="text/plain" id="${id}">([^<]*)</script>`).exec(frame(html));
  return match === null ? undefined : gunzipSync(Buffer.from(match[1] ?? "", "base64")).toString();
}

/** The HTML around the frame, without the pictures that it carries. */
function outside(html: string): string {
  return html.replace(/srcdoc="[^"]*"/, "").replaceAll(/ src="data:image\/svg\+xml;base64,[^"]*"/g, "");
}

describe("figureHtml", () => {
  test("asks for nothing from outside: no address, and a policy that forbids requests", () => {
    for (const html of [
      figureHtml(exampleFigure()),
      figureHtml(exampleFigure(), { plotly: "shared" }),
      plotlyHtml(),
    ]) {
      expect(outside(html)).not.toMatch(/https?:|\/\/|\bsrc=|\bhref=/);
      expect(frame(html)).not.toMatch(/https?:|\bsrc=|\bhref=|@import|url\(/);
      expect(frame(html)).toContain(`content="default-src 'none'; script-src 'unsafe-inline'`);
    }
  });

  test("carries the installed Plotly and the figures unchanged, apart from the title that stands above", () => {
    const figure = exampleFigure();
    const html = figureHtml([figure, figure]);
    expect(unpacked(html, "plotly")).toBe(plotlySource());
    const layout = { xaxis: figure.layout.xaxis, yaxis: figure.layout.yaxis };
    const expected = { data: figure.data, layout };
    expect(JSON.parse(unpacked(html, "figures") ?? "")).toEqual([expected, expected]);
  });

  test("keeps an inlined frame apart from the page by a sandbox", () => {
    expect(outside(figureHtml(exampleFigure()))).toContain('sandbox="allow-scripts allow-downloads"');
  });

  test("is small where Plotly is shared, and looks for it where plotlyHtml puts it", () => {
    const html = figureHtml(exampleFigure(), { plotly: "shared" });
    expect(html.length).toBeLessThan(10_000);
    expect(unpacked(html, "plotly")).toBeUndefined();
    expect(unpacked(plotlyHtml(), "plotly")).toBe(plotlySource());
    const name = (text: string, call: string): string | undefined =>
      new RegExp(`${call}\\("(turncoatPlotly\\w+)"\\)`).exec(frame(text))?.[1];
    expect(name(html, "draw")).toBeDefined();
    expect(name(html, "draw")).toBe(name(plotlyHtml(), "share"));
    // A frame in a sandbox could not reach the page that hands Plotly over.
    expect(outside(html)).not.toContain("sandbox");
  });

  test("gives one frame to several figures, and words to each", () => {
    const html = figureHtml([exampleFigure(), exampleFigure()], { plotly: "shared" });
    expect(html.match(/<iframe/g)).toHaveLength(1);
    expect(html.match(/<details>/g)).toHaveLength(2);
  });

  test("carries a picture of each figure, for pages without frames and until the plot is drawn", () => {
    const html = figureHtml([exampleFigure(), exampleFigure()], { plotly: "shared" });
    const pictures = [...html.matchAll(/<img alt="([^"]*)" src="data:image\/svg\+xml;base64,([^"]*)"/g)];
    expect(pictures.map(([, words]) => words)).toEqual(
      Array(2).fill("A &lt; B. Summary with &quot;quotes&quot;."),
    );
    expect(Buffer.from(pictures[0]?.[2] ?? "", "base64").toString()).toBe(
      figureSvg(exampleFigure(), { caption: false }),
    );
  });

  test("says in words what the figure shows, for pages without frames", () => {
    const html = outside(figureHtml(exampleFigure(), { plotly: "shared" }));
    expect(html).toContain("<b>A &lt; B.</b> Summary with &quot;quotes&quot;.");
    expect(html).toContain("<p>Caption &amp; &lt;more&gt;.</p>");
    expect(html).toContain(
      "<tr><td>0</td><td>0</td></tr>\n<tr><td>1</td><td></td></tr>\n<tr><td>2</td><td>0.6667</td></tr>",
    );
    expect(html).not.toContain("rows:");
  });

  test("shows of a long table evenly spread rows with both ends, and says so", () => {
    const html = outside(figureHtml(exampleFigure(101), { plotly: "shared" }));
    expect(html).toContain("12 of 101 rows:");
    const steps = [...html.matchAll(/<tr><td>(\d+)<\/td>/g)].map(([, step]) => Number(step));
    expect(steps).toHaveLength(12);
    expect([steps[0], steps.at(-1)]).toEqual([0, 100]);
    expect(new Set(steps).size).toBe(12);
  });

  test("leaves out a table that is too wide to read, and an empty one", () => {
    expect(figureHtml(exampleFigure(3, 20), { plotly: "shared" })).not.toContain("<table>");
    expect(figureHtml(exampleFigure(0), { plotly: "shared" })).not.toContain("<table>");
  });
});
