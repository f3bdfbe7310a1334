import { answersPage } from "./answers/answersPage.js";
import { comparePage } from "./compare/comparePage.js";
import type { Page } from "./page.js";
import { playgroundPage } from "./playground/playgroundPage.js";
import { runPage } from "./run/runPage.js";
import { runsPage } from "./runs/runsPage.js";
import { studyPage } from "./study/studyPage.js";

/** Registry of the pages, in the order of the navigation; a new one is a folder beside these and a line here. */
export const pages: readonly Page[] = [
  runsPage,
  comparePage,
  runPage,
  answersPage,
  playgroundPage,
  studyPage,
];

/** Page that an address names. */
export function pageOf(search: string): Page {
  const query = new URLSearchParams(search);
  return pages.find(({ key }) => key !== null && query.has(key)) ?? runsPage;
}
