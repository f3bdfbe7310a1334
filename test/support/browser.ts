import { existsSync } from "node:fs";
import { chromium, type Browser } from "playwright-core";

const places = [process.env.CHROMIUM_PATH, "/usr/bin/chromium", "/usr/bin/chromium-browser"];

/** Path of the system's Chromium; undefined where there is none, which is said loudly. */
export const browserPath = places.find((path) => path !== undefined && existsSync(path));
if (browserPath === undefined) {
  process.stderr.write(
    "SKIPPED: the pages were not tested in a browser, because there is none at CHROMIUM_PATH, /usr/bin/chromium or /usr/bin/chromium-browser\n",
  );
}

/** Starts the system's Chromium. */
export function launchBrowser(): Promise<Browser> {
  if (browserPath === undefined) throw new Error("there is no browser");
  return chromium.launch({
    executablePath: browserPath,
    args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
  });
}
