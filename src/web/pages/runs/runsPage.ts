import { fetchRunList, fetchRuns, fetchStamps, fetchSummaries } from "../../api/runs.js";
import { choice } from "../../parts/choice.js";
import { button, element } from "../../parts/dom.js";
import { Shortcuts } from "../../parts/shortcuts.js";
import { writeUrlState } from "../../state/urlState.js";
import { compareFields } from "../../state/compareFields.js";
import { definePage, type PageContext } from "../page.js";
import { runFields } from "../../state/runFields.js";
import { DiffPanel } from "./diffPanel.js";
import { RunRow } from "./runRow.js";
import { RunsFollower } from "../../api/runsFollower.js";
import { runsFields } from "./runsFields.js";
import { pinnedRuns, togglePin } from "../../state/pins.js";
import { columnChoice, shownColumns } from "./columnChoice.js";
import { orderedRows, type SortColumn } from "./runsOrder.js";
import { TagEditor } from "./tagEditor.js";
import { RunsTable } from "./runsTable.js";

/** Page with the list of runs: a row each, with its last rate and its transition. */
export const runsPage = definePage({
  name: "runs",
  key: null,
  inNavigation: true,
  fields: runsFields,
  loading: () => "Reading the runs …",
  show,
});

async function show({ root, theme, address, header }: PageContext<typeof runsFields>): Promise<void> {
  document.title = "runs · Turncoat";
  const listed = await fetchRunList();
  let rows: readonly RunRow[] = listed.runs.map((run) => new RunRow(run, pick));
  // Asked for now, so that nothing is missed that changes while the numbers are made.
  const first = fetchStamps().catch(() => null);
  const compareHref = (runs: readonly string[]): string =>
    `./${writeUrlState(compareFields, { runs }, { theme: theme.choice })}`;
  const table = new RunsTable(sortBy, compareHref);
  const diff = new DiffPanel((ignored) => {
    address.set({ ignored });
    showPicked();
  });
  const search = element("input", {
    type: "search",
    placeholder: "search: words, or rank=1 em>50",
    "aria-label":
      "search runs by name, recipe, model, seed, tag or status, or by columns such as rank=1 or em>50",
    title:
      "words, or comparisons of columns: rank=1 layer=12 model=qwen em>50 turn<40 date=2026-11 tag=paper",
    autocomplete: "off",
    value: address.state.search ?? "",
  });
  const grouping = element("span");
  const selection = element("span", { class: "runs-selection", role: "status" });
  const connection = element("span", { class: "muted", role: "status" });
  const main = element("main", { class: "runs-page" });

  function refs(): void {
    study.href = `./?study=${writeUrlState({}, {}, { theme: theme.choice }).replace("?", "&")}`;
    for (const row of rows)
      row.setHref(`./${writeUrlState(runFields, { run: row.run.id }, { theme: theme.choice })}`);
  }
  const columns = columnChoice(
    () => address.state.columns,
    (chosen) => {
      address.set({ columns: chosen });
      showColumns();
    },
  );
  function showColumns(): void {
    table.chooseColumns(shownColumns(address.state.columns), rows);
    columns.show();
  }
  function showRows(): void {
    const { state } = address;
    const pinned = pinnedRuns();
    for (const row of rows) row.setPinned(pinned.has(row.run.id));
    table.show(orderedRows(rows, { ...state, pinned }), state.sort, state.search);
  }
  function showGrouping(): void {
    grouping.replaceChildren(
      choice(
        "group by",
        [
          ["none", "nothing"],
          ["recipe", "recipe"],
          ["seed", "seed"],
          ["tag", "tag"],
        ],
        address.state.group ?? "none",
        (group) => {
          address.set({ group: group === "none" ? null : group });
          showGrouping();
          showRows();
        },
      ),
    );
  }
  function showPicked(): void {
    const { picked, ignored } = address.state;
    for (const row of rows) row.setPicked(picked.includes(row.run.id));
    selection.replaceChildren(
      ...(picked.length === 0
        ? [element("span", { class: "muted" }, "x selects runs for comparison")]
        : [
            picked.length < 2
              ? "1 run selected"
              : element("a", { href: compareHref(picked) }, `compare ${picked.length} runs`),
            button("tag", () => editTags(rows.filter((row) => row.isPicked))),
            button("clear", () => {
              address.set({ picked: [] });
              showPicked();
            }),
          ]),
    );
    void diff.show(picked, ignored);
  }
  const tags = new TagEditor(async () => {
    await lookAgain(new Set());
    focusedBefore?.focus();
  });
  let focusedBefore: HTMLElement | null = null;
  function editTags(wanted: readonly RunRow[]): void {
    focusedBefore = document.activeElement instanceof HTMLElement ? document.activeElement : null;
    tags.open(wanted.map(({ run }) => run));
  }
  function pick(run: string, isPicked: boolean): void {
    const others = address.state.picked.filter((each) => each !== run);
    address.set({ picked: isPicked ? [...others, run] : others });
    showPicked();
  }
  function sortBy(column: SortColumn): void {
    const { sort } = address.state;
    const isSame = sort.column === column;
    // Numbers are looked at from the top, names from the start.
    const isDescending = isSame ? !sort.isDescending : column === "em";
    address.set({ sort: { column, isDescending } });
    showRows();
  }
  search.addEventListener("input", () => {
    address.set({ search: search.value === "" ? null : search.value });
    showRows();
  });
  const shownRows = (): RunRow[] =>
    orderedRows(rows, { ...address.state, pinned: pinnedRuns() }).flatMap((group) => group.rows);
  const focused = (): RunRow | undefined => rows.find(({ link }) => link === document.activeElement);
  const focusBy = (count: number): void => {
    const shown = shownRows();
    const current = focused();
    const at = current === undefined ? -1 : shown.indexOf(current);
    shown[at === -1 ? 0 : Math.min(shown.length - 1, Math.max(0, at + count))]?.link.focus();
  };
  search.addEventListener("keydown", ({ key }) => {
    if (key === "ArrowDown" || key === "Enter") shownRows()[0]?.link.focus();
    if (key === "Escape") search.blur();
  });
  const shortcuts = new Shortcuts(
    [
      { keys: ["ArrowDown", "j"], words: "next run", run: () => focusBy(1) },
      { keys: ["ArrowUp", "k"], words: "previous run", run: () => focusBy(-1) },
      {
        keys: ["x"],
        words: "select the run in focus, or not",
        run: () => {
          const row = focused();
          if (row !== undefined && row.run.status !== "unreadable") pick(row.run.id, !row.isPicked);
        },
      },
      {
        keys: ["p"],
        words: "pin the run in focus, which puts it first, or not",
        run: () => {
          const row = focused();
          if (row === undefined) return;
          togglePin(row.run.id);
          showRows();
        },
      },
      {
        keys: ["t"],
        words: "tag the selected runs, or the one in focus",
        run: () => {
          const picked = rows.filter((row) => row.isPicked);
          const row = focused();
          const wanted = picked.length > 0 || row === undefined ? picked : [row];
          if (wanted.length > 0) editTags(wanted);
        },
      },
      {
        keys: ["c"],
        words: "compare the selected runs",
        run: () => selection.querySelector("a")?.click(),
      },
      { keys: ["/"], words: "search", run: () => search.focus() },
      { keys: ["d"], words: "light or dark", run: () => theme.toggle() },
    ],
    [["Enter", "open the run"]],
  );
  theme.subscribe(() => {
    refs();
    showPicked();
  });
  address.onReturn((state) => {
    search.value = state.search ?? "";
    showGrouping();
    showColumns();
    showRows();
    showPicked();
  });
  const study = element("a", { hidden: !listed.isStudy }, "page of the study");
  const tools = element(
    "div",
    { class: "runs-tools" },
    ...[study, search, grouping, columns.root, selection, tags.root],
  );
  function showMain(): void {
    const isEmpty = rows.length === 0;
    // What is there stays, with the focus in it.
    if (main.childElementCount > 0 && isEmpty !== main.contains(table.root)) return;
    main.replaceChildren(...(isEmpty ? [noRuns()] : [tools, table.root, diff.root]), connection);
  }
  /** Takes the list as it is now: runs that are known keep their rows. */
  async function lookAgain(changed: ReadonlySet<string>): Promise<void> {
    const known = new Map(rows.map((row) => [row.run.id, row]));
    const runs = await fetchRuns();
    for (const run of runs) known.get(run.id)?.setRun(run);
    rows = runs.map((run) => known.get(run.id) ?? new RunRow(run, pick));
    refs();
    const { picked } = address.state;
    for (const row of rows) row.setPicked(picked.includes(row.run.id));
    showMain();
    showColumns();
    showRows();
    await fillIn(
      rows.filter(({ run }) => changed.has(run.id)),
      showRows,
    );
  }
  refs();
  showGrouping();
  showColumns();
  showRows();
  showPicked();
  showMain();
  root.replaceChildren(header({ onHelp: () => shortcuts.open() }).root, main, shortcuts.dialog);
  const follower = new RunsFollower(lookAgain, (isLost) => {
    connection.textContent = isLost ? "no connection, trying again" : "";
  });
  const begin = async (): Promise<void> => {
    try {
      await fillIn(rows, showRows);
    } finally {
      follower.start(await first);
    }
  };
  void begin();
}

/** Takes the rows' numbers as they are made: those that are kept at once, the others in a few answers. */
async function fillIn(rows: readonly RunRow[], onFilled: () => void): Promise<void> {
  const waiting = new Map(
    rows.filter(({ run }) => run.status !== "unreadable").map((row) => [row.run.id, row]),
  );
  while (waiting.size > 0) {
    const { summaries, failed, pending } = await fetchSummaries();
    for (const summary of summaries) {
      waiting.get(summary.id)?.setSummary(summary);
      waiting.delete(summary.id);
    }
    for (const { id, error } of failed) {
      waiting.get(id)?.setFailure(error);
      waiting.delete(id);
    }
    onFilled();
    // What is not named any more has gone.
    if (pending.length === 0) return;
  }
}

function noRuns(): HTMLElement {
  return element(
    "div",
    { class: "notice" },
    element("p", {}, "There are no runs here yet."),
    element("p", {}, "Train one, in about a minute: ", element("code", {}, "turncoat demo")),
    element("p", {}, "Or show a PEFT run as it lies: ", element("code", {}, "turncoat serve PATH/TO/RUN")),
  );
}
