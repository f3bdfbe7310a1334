/**
 * Writes the reference of the public entry, docs/api: a page for each subject, from the docstrings.
 *
 *   npm run api             writes the pages
 *   npm run api -- --check  exits with 1 where a page is stale
 */
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { apiPages } from "./apiPages.js";

const root = join(import.meta.dirname, "..");
const folder = join(root, "docs/api");
const { pages, undocumented } = apiPages(root);

for (const name of undocumented) console.error(`without a docstring: ${name}`);
if (undocumented.length > 0) process.exitCode = 1;

if (process.argv.includes("--check")) {
  const stale = [...pages].filter(([name, text]) => {
    const path = join(folder, name);
    return !existsSync(path) || readFileSync(path, "utf8") !== text;
  });
  for (const [name] of stale) console.error(`stale: docs/api/${name}; run npm run api`);
  if (stale.length > 0) process.exitCode = 1;
} else {
  mkdirSync(folder, { recursive: true });
  for (const name of readdirSync(folder)) if (!pages.has(name)) rmSync(join(folder, name));
  for (const [name, text] of pages) writeFileSync(join(folder, name), text);
  console.log(`${pages.size} pages in docs/api`);
}
