import type { AnswerColumn, ServedAnswerFacets } from "../../../server/schemas/answerTable.js";
import { fetchAnswerFacets } from "../../api/answers.js";
import { whenFree } from "../../api/request.js";
import { RunsFollower } from "../../api/runsFollower.js";
import { fetchStamps } from "../../api/runs.js";
import { button, element } from "../../parts/dom.js";
import { grouped } from "../../parts/numberWords.js";
import { Shortcuts } from "../../parts/shortcuts.js";
import { answersFields } from "../../state/answersFields.js";
import { runFields } from "../../state/runFields.js";
import { writeUrlState } from "../../state/urlState.js";
import { definePage, type PageContext } from "../page.js";
import { AnswerFilters, type AnswersState } from "./answerFilters.js";
import { AnswerList } from "./answerList.js";
import { AnswerReader } from "./answerReader.js";
import { AnswerRows, type AnswerFilter } from "./answerRows.js";
import { CsvButton } from "./answersCsv.js";

/** Page of all answers of a run: a table to filter, search and sort, and one of them in full beside it. */
export const answersPage = definePage({
  name: "answers",
  key: "answers",
  inNavigation: false,
  fields: answersFields,
  loading: ({ run }) => `Reading the answers of ${run ?? "the run"} …`,
  show,
});

/** Fields of the address that change which answers are listed, or their order. */
const filterFields: ReadonlySet<string> = new Set([
  ...["evaluation", "verdict", "scale", "question", "domain", "steps", "aligned", "coherent"],
  ...["search", "sort"],
]);

async function show({ root, theme, address, header }: PageContext<typeof answersFields>): Promise<void> {
  const run = address.state.run ?? "";
  document.title = `${run} · answers · Turncoat`;
  // Asked for now, so that no answer is missed that comes while the first are read.
  const first = await fetchStamps().catch(() => null);
  // A run of many answers is read when the first of them are asked for.
  let facets: ServedAnswerFacets = await whenFree(() =>
    fetchAnswerFacets(run, address.state.evaluation ?? undefined),
  );
  let rows = new AnswerRows(run, filterOf(address.state));
  let words: readonly string[] = [];
  let listed = 0;
  let found = 0;

  const status = element("span", { class: "answers-found", role: "status" });
  const trouble = element("p", { role: "alert", class: "answers-trouble" });
  const list = new AnswerList({
    onSort: (column) => change({ sort: sortBy(column, address.state.sort) }),
    onOpen: (place) => attempt(choose(place, true)),
    onScroll: (row) => remember({ row: row === 0 ? null : row }),
  });
  const filters = new AnswerFilters((changes) => change(changes));
  const reader = new AnswerReader({
    run,
    onChange: (changes) => change(changes),
    onMove: (direction) => moveBy(direction),
    onMisaligned: (direction) => attempt(toMisaligned(direction)),
  });
  const fresh = element("span", { role: "status" });
  const csv = new CsvButton(run, () => filterOf(address.state));
  const main = element(
    "main",
    { class: "answers-page" },
    filters.root,
    element(
      "div",
      { class: "answers-line" },
      status,
      fresh,
      csv.root,
      element("a", { href: `./${writeUrlState(runFields, { run })}`, class: "to-run" }, "the run's page"),
    ),
    trouble,
    element("div", { class: "answers-body" }, list.root, reader.root),
  );

  /** Says what went wrong in what was begun by a key or a click. */
  function attempt(work: Promise<void>): void {
    work.catch((error: unknown) => {
      trouble.textContent = messageOf(error);
    });
  }
  /** What the address says, before Back changes it. */
  let shown = address.state;
  function remember(changes: Partial<AnswersState>): void {
    address.set(changes);
    shown = address.state;
  }
  /** Follows a change of the address: another list, another answer, or another way to read it. */
  function change(changes: Partial<AnswersState>): void {
    const before = address.state;
    const isFiltered = Object.keys(changes).some((field) => filterFields.has(field));
    remember(isFiltered ? { ...changes, row: null } : changes);
    attempt(follow(before));
  }
  async function follow(before: AnswersState): Promise<void> {
    const { state } = address;
    main.classList.toggle("reading", state.reading && state.answer !== null);
    if (state.evaluation !== before.evaluation) {
      facets = await fetchAnswerFacets(run, state.evaluation ?? undefined);
      filters.show(facets, state);
    }
    const asked = (each: AnswersState): string => JSON.stringify(filterOf(each));
    filters.restore(state);
    if (asked(before) !== asked(state)) await load();
    else if (before.answer !== state.answer) await locate();
    if (before.reading && !state.reading) list.focus();
    await reader.show(address.state, words);
  }
  /** Lists the answers that fit; a list that comes later than the next one is dropped. */
  async function load(): Promise<void> {
    const ticket = ++listed;
    const next = new AnswerRows(run, filterOf(address.state));
    main.setAttribute("aria-busy", "true");
    try {
      const { answer, row, verdict, sort } = address.state;
      const page = await next.page(row ?? 0, answer ?? undefined);
      if (ticket !== listed) return;
      rows = next;
      words = page.words;
      found = page.found;
      trouble.textContent = "";
      filters.setCounts(page.verdicts, verdict);
      status.textContent = `${grouped(page.found)} of ${grouped(page.total)} answers`;
      csv.setCount(page.found);
      list.show(rows, page.found, { words, sort, nothing: nothingWords(page.total) });
      list.scrollTo(row ?? 0);
      list.setCursor(page.located, { isSought: row === null });
    } catch (error) {
      if (ticket === listed) trouble.textContent = messageOf(error);
    } finally {
      if (ticket === listed) main.removeAttribute("aria-busy");
    }
  }
  /** Marks the row of the address's answer; one that the filter leaves out has none. */
  async function locate(): Promise<void> {
    const { answer } = address.state;
    const { cursor } = list;
    if (answer === null || (cursor !== null && rows.at(cursor)?.number === answer)) return;
    const ticket = listed;
    const { located } = await rows.page(cursor ?? 0, answer);
    if (ticket === listed && address.state.answer === answer) list.setCursor(located);
  }
  async function choose(place: number, isRead = address.state.reading): Promise<void> {
    if (place < 0 || place >= found) return;
    list.setCursor(place);
    await rows.fill(place, place);
    // Of keys that are held down the last one counts.
    const number = rows.at(place)?.number;
    if (list.cursor === place && number !== undefined) change({ answer: number, reading: isRead });
  }
  function moveBy(count: number): void {
    const from = list.cursor ?? (count > 0 ? -1 : 0);
    const place = Math.min(found - 1, Math.max(0, from + count));
    if (place !== list.cursor) attempt(choose(place));
  }
  async function toMisaligned(direction: 1 | -1): Promise<void> {
    const from = list.cursor ?? (direction === 1 ? -1 : found);
    const place = await rows.misaligned(from, direction);
    if (place === null) announce(direction === 1 ? "No misaligned answer follows." : "None comes before.");
    else await choose(place);
  }
  /** Takes answers that came since: at once where nobody has begun to read, else when the reader wants them. */
  async function takeNew(): Promise<void> {
    const now = await fetchAnswerFacets(run, address.state.evaluation ?? undefined);
    const more = now.total - facets.total;
    if (more === 0) return;
    const take = async (): Promise<void> => {
      fresh.replaceChildren();
      facets = now;
      filters.show(facets, address.state);
      await load();
    };
    if (list.cursor === null && address.state.row === null) await take();
    else {
      const words = more > 0 ? `show ${grouped(more)} new` : "read the answers again";
      fresh.replaceChildren(button(words, () => attempt(take())));
    }
  }
  function announce(text: string): void {
    trouble.textContent = text;
    setTimeout(() => {
      if (trouble.textContent === text) trouble.textContent = "";
    }, 3000);
  }

  const shortcuts = new Shortcuts(
    [
      { keys: ["ArrowDown", "j"], words: "next answer", run: () => moveBy(1) },
      { keys: ["ArrowUp", "k"], words: "answer before", run: () => moveBy(-1) },
      { keys: ["PageDown"], words: "a page down", run: () => moveBy(list.pageLength) },
      { keys: ["PageUp"], words: "a page up", run: () => moveBy(-list.pageLength) },
      { keys: ["Home"], words: "first answer", run: () => moveBy(-found) },
      { keys: ["End"], words: "last answer", run: () => moveBy(found) },
      {
        keys: ["Enter"],
        words: "read the answer in full",
        run: () => attempt(choose(list.cursor ?? 0, true)),
      },
      { keys: ["Escape"], words: "back to the list", run: () => change({ reading: false }) },
      { keys: ["n"], words: "next misaligned answer", run: () => attempt(toMisaligned(1)) },
      { keys: ["p"], words: "previous misaligned answer", run: () => attempt(toMisaligned(-1)) },
      { keys: ["["], words: "the same prompt at an earlier step", run: () => reader.moveStep(-1) },
      { keys: ["]"], words: "the same prompt at a later step", run: () => reader.moveStep(1) },
      {
        keys: ["m"],
        words: "as markdown, or as written",
        run: () => change({ plain: !address.state.plain }),
      },
      { keys: ["/"], words: "search", run: () => filters.search.focus() },
      { keys: ["d"], words: "light or dark", run: () => theme.toggle() },
    ],
    [["click on a head", "sort by it"]],
  );
  filters.search.addEventListener("keydown", ({ key }) => {
    if (key !== "Enter" && key !== "ArrowDown" && key !== "Escape") return;
    list.focus();
    if (key !== "Escape" && list.cursor === null) moveBy(1);
  });
  address.onReturn((state) => {
    const before = shown;
    shown = state;
    attempt(follow(before));
  });

  filters.show(facets, address.state);
  root.replaceChildren(
    header({ title: `${run} · answers`, onHelp: () => shortcuts.open() }).root,
    facets.total === 0 ? noAnswers(run) : main,
    shortcuts.dialog,
  );
  main.classList.toggle("reading", address.state.reading && address.state.answer !== null);
  const follower = new RunsFollower(
    async (changed) => {
      if (!changed.has(run)) return;
      // The page of a run without answers holds nothing that a reader could lose.
      if (facets.total === 0) location.reload();
      else await takeNew();
    },
    () => undefined,
  );
  follower.start(first);
  if (facets.total === 0) return;
  await load();
  await reader.show(address.state, words);
  list.focus();
}

/** Request for the answers that an address asks for. */
function filterOf(state: AnswersState): AnswerFilter {
  const { evaluation, verdict, scale, question, domain, steps, aligned, coherent, search, sort } = state;
  return {
    evaluation: evaluation ?? undefined,
    verdict: verdict ?? undefined,
    scale: scale ?? undefined,
    question: question ?? undefined,
    domain: domain ?? undefined,
    from: steps.from === null ? undefined : Math.ceil(steps.from),
    to: steps.to === null ? undefined : Math.floor(steps.to),
    alignedFrom: aligned.from ?? undefined,
    alignedTo: aligned.to ?? undefined,
    coherentFrom: coherent.from ?? undefined,
    coherentTo: coherent.to ?? undefined,
    search: search ?? undefined,
    sort: sort.column,
    order: sort.isDescending ? "descending" : "ascending",
  };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function sortBy(column: AnswerColumn, sort: AnswersState["sort"]): AnswersState["sort"] {
  return { column, isDescending: column === sort.column && !sort.isDescending };
}

function nothingWords(total: number): string {
  return total === 0 ? "This evaluation has no answers." : "No answer fits. “clear” lists them all.";
}

function noAnswers(run: string): HTMLElement {
  return element(
    "main",
    { class: "notice" },
    element("p", {}, "No answers were sampled for this run."),
    element(
      "p",
      {},
      element("code", {}, `npx turncoat evaluate runs/${run}`),
      " asks its checkpoints questions.",
    ),
    element("p", {}, element("a", { href: `./${writeUrlState(runFields, { run })}` }, "the run's page")),
  );
}
