import type { ServedStudy } from "../../../server/schemas/study.js";
import { fetchStudy } from "../../api/study.js";
import { element } from "../../parts/dom.js";
import type { PageHeader } from "../../parts/pageHeader.js";
import { Shortcuts } from "../../parts/shortcuts.js";
import { compareFields } from "../../state/compareFields.js";
import { runFields } from "../../state/runFields.js";
import { studyFields } from "../../state/studyFields.js";
import { writeUrlState } from "../../state/urlState.js";
import { definePage, type PageContext } from "../page.js";
import { StudyEffects } from "./studyEffects.js";
import { followStudy } from "./studyFollower.js";
import { StudyGrid } from "./studyGrid.js";
import { StudyWork } from "./studyWork.js";

/** Page of the study whose runs are shown: what stands, every run in a grid, who is at work, and what the factors do. */
export const studyPage = definePage({
  name: "study",
  key: "study",
  inNavigation: false,
  fields: studyFields,
  loading: () => "Reading the study …",
  show,
});

async function show({ root, theme, header: makeHeader }: PageContext<typeof studyFields>): Promise<void> {
  document.title = "study · Turncoat";
  let study = await fetchStudy();
  document.title = `${study.title} · Turncoat`;
  const grid = new StudyGrid({
    runHref: (run) => `./${writeUrlState(runFields, { run }, { theme: theme.choice })}`,
    compareHref: (runs) => `./${writeUrlState(compareFields, { runs }, { theme: theme.choice })}`,
  });
  const [work, effects] = [new StudyWork(), new StudyEffects()];
  const [headline, evidence] = [element("h1"), element("p", { class: "evidence" })];
  const connection = element("p", { class: "muted", role: "status" });
  const shortcuts = shortcutsOf(grid, () => theme.toggle());
  const header = makeHeader({
    title: study.title,
    hasOwnHeading: true,
    skips: [
      { words: "skip to who is at work", to: "study-work" },
      { words: "skip to the effects", to: "study-effects" },
    ],
    onHelp: () => shortcuts.open(),
  });
  const draw = (now: ServedStudy): void => {
    study = now;
    showState(header, now);
    headline.textContent = now.headline;
    evidence.textContent = now.evidence;
    grid.show(now);
    work.show(now);
    effects.show(now);
  };
  draw(study);
  theme.subscribe(() => grid.renewLinks(study));
  root.replaceChildren(
    header.root,
    element(
      "main",
      { class: "study-page" },
      element("section", { class: "summary", "aria-label": "what was found" }, headline, evidence),
      grid.root,
      work.root,
      effects.root,
      connection,
    ),
    shortcuts.dialog,
  );
  followStudy(study, draw, (isLost) => {
    connection.textContent = isLost ? "no connection, trying again" : "";
  });
}

/** Says in the header how far the study is; of one that is finished and analysed that is one word. */
function showState(header: PageHeader, { counts }: ServedStudy): void {
  const { runs, done, atWork, pending } = counts;
  if (done === runs && pending === 0) {
    header.setState("finished", "");
    return;
  }
  const state = atWork > 0 ? "running" : done === runs ? "being analysed" : "unfinished";
  const words = `${done} of ${runs} finished${pending === 0 ? "" : `, ${pending} to be analysed`}`;
  const bar = element("progress", { max: runs, value: done, "aria-label": "runs that are finished" });
  header.setState(state, words, [bar]);
}

function shortcutsOf(grid: StudyGrid, onTheme: () => void): Shortcuts {
  const move = (lines: number, columns: number): void => {
    const links = grid.runLinks.filter((line) => line.length > 0);
    const line = links.findIndex((each) => each.some((link) => link === document.activeElement));
    const column = links[line]?.findIndex((link) => link === document.activeElement) ?? 0;
    if (line === -1) {
      links[0]?.[0]?.focus();
      return;
    }
    const next = links[Math.min(links.length - 1, Math.max(0, line + lines))] ?? [];
    next[Math.min(next.length - 1, Math.max(0, column + columns))]?.focus();
  };
  const compare = (): void => {
    const { activeElement: focused } = document;
    const run = focused instanceof HTMLElement ? focused.dataset.run : undefined;
    if (run !== undefined) grid.comparisonOf(run)?.click();
  };
  return new Shortcuts(
    [
      { keys: ["ArrowRight", "l"], words: "next run of the row", run: () => move(0, 1) },
      { keys: ["ArrowLeft", "h"], words: "previous run of the row", run: () => move(0, -1) },
      { keys: ["ArrowDown", "j"], words: "the row below", run: () => move(1, 0) },
      { keys: ["ArrowUp", "k"], words: "the row above", run: () => move(-1, 0) },
      { keys: ["c"], words: "compare the pair in focus", run: compare },
      { keys: ["d"], words: "light or dark", run: onTheme },
    ],
    [["Enter", "open the run"]],
  );
}
