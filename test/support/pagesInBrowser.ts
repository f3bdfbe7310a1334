import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { build } from "vite";
import { buildRunReport } from "../../src/pipeline/report/runReport.js";
import { launchBrowser } from "./browser.js";
import { startServer, type RunningServer, type ServerOptions } from "../../src/server/http/startServer.js";

/** Pages over a folder of runs, open in a browser. */
export interface PagesInBrowser {
  readonly browser: Browser;
  readonly page: Page;
  readonly server: RunningServer;
  /** Folder of the runs. */
  readonly runsRoot: string;
  /** Complaints of the browser, and requests to anywhere else. */
  readonly problems: string[];
  /** Opens an address of the pages and waits until all of it is there. */
  readonly open: (query: string) => Promise<void>;
  /** Reads a parameter of the address. */
  readonly query: (name: string) => string | null;
  readonly close: () => Promise<void>;
}

/**
 * Builds the pages, writes runs, serves them and opens a browser.
 * @param more of the server, such as its base path
 */
export async function openPages(
  writeRuns: (runsRoot: string) => void | Promise<void>,
  more: Partial<ServerOptions> = {},
): Promise<PagesInBrowser> {
  const folder = mkdtempSync(join(tmpdir(), "turncoat-pages-"));
  const [webRoot, runsRoot] = [join(folder, "web"), join(folder, "runs")];
  mkdirSync(runsRoot);
  await writeRuns(runsRoot);
  await build({ configFile: "vite.config.ts", logLevel: "error", build: { outDir: webRoot } });
  const server = await startServer({ runsRoot, webRoot, port: 0, buildReport: buildRunReport, ...more });
  const browser = await launchBrowser();
  const page = await browser.newPage({ viewport: { width: 1440, height: 900 }, colorScheme: "light" });
  const problems: string[] = [];
  page.on("console", (message) => {
    if (["error", "warning"].includes(message.type())) problems.push(message.text());
  });
  page.on("pageerror", (error) => problems.push(error.message));
  page.on("request", (request) => {
    const isOwn =
      request.url().startsWith(server.url) || ["data:", "blob:"].includes(new URL(request.url()).protocol);
    if (!isOwn) problems.push(`request to ${request.url()}`);
  });
  return {
    browser,
    page,
    server,
    runsRoot,
    problems,
    open: async (query) => {
      await page.goto(`${server.url}${query}`);
      await page.waitForSelector("html[data-ready]");
    },
    query: (name) => new URL(page.url()).searchParams.get(name),
    close: async () => {
      await browser.close();
      await server.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
