import type { ServedDiff } from "../../../server/schemas/runs.js";
import { fetchComparison } from "../../api/compare.js";
import { fetchDiff, fetchRuns } from "../../api/runs.js";
import { element } from "../../parts/dom.js";
import { loadPlotly } from "../../plots/plotly.js";
import type { UrlStateOf } from "../../state/urlState.js";
import { definePage, type PageContext } from "../page.js";
import { compareFields } from "../../state/compareFields.js";
import { compareShortcuts } from "./compareShortcuts.js";
import { ReadingProgress } from "./readingProgress.js";
import { runPicker } from "./runPicker.js";
import { requestOf, ShownComparison } from "./shownComparison.js";

type State = UrlStateOf<typeof compareFields>;
type Context = PageContext<typeof compareFields>;

/** Page that compares several runs: numbers, one axis, directions. */
export const comparePage = definePage({
  name: "compare",
  key: "compare",
  inNavigation: true,
  fields: compareFields,
  loading: () => "Reading the runs …",
  show,
});

async function show(context: Context): Promise<void> {
  const { root, theme, address, header: makeHeader } = context;
  document.title = "compare · Turncoat";
  void loadPlotly();
  // Asked for before the list is there: it is what takes longest.
  let first = address.state.runs.length === 0 ? null : fetchComparison(requestOf(address.state, []), -1);
  first?.catch(() => undefined);
  const listed = await fetchRuns();
  let shown: ShownComparison | null = null;
  const shortcuts = compareShortcuts(() => shown?.view ?? null, theme);
  const count = address.state.runs.length;
  const title = count === 0 ? "no runs yet" : count === 1 ? "one run" : `${count} runs`;
  const header = makeHeader({ title, onHelp: () => shortcuts.open() });
  const body = element("main", { class: "compare" });
  const redo = (changes: Partial<State>): void => {
    address.set(changes);
    // Another set of runs has another title; all else is drawn in place.
    if ("runs" in changes) location.reload();
    else void load();
  };
  let loads = 0;
  const load = async (): Promise<void> => {
    const asked = ++loads;
    const picker = runPicker(listed, address.state.runs, (runs) => redo({ runs }));
    if (address.state.runs.length === 0) {
      body.replaceChildren(noRuns(), picker);
      return;
    }
    body.setAttribute("aria-busy", "true");
    const progress = new ReadingProgress(address.state.runs.length);
    if (shown === null) body.replaceChildren(progress.root, picker);
    // Without it the rows stand in one group.
    const readable = address.state.runs.filter((id) =>
      listed.some((run) => run.id === id && run.status !== "unreadable"),
    );
    let diff: ServedDiff | null = null;
    const grouped = async (): Promise<void> => {
      if (readable.length < 2) return;
      diff = await fetchDiff(readable, []).catch(() => null);
      if (asked === loads && diff !== null) shown?.group(diff);
    };
    const grouping = grouped();
    let read = -1;
    do {
      const comparison = await (first ?? fetchComparison(requestOf(address.state, []), read));
      first = null;
      if (asked !== loads) return;
      body.removeAttribute("aria-busy");
      const { pending } = comparison;
      progress.show(pending);
      const done = address.state.runs.length - pending.length;
      if (done > read) {
        read = done;
        const { scrollY } = window;
        shown = new ShownComparison(context, comparison, picker, diff, redo);
        body.replaceChildren(...(pending.length === 0 ? [] : [progress.root]), ...shown.parts);
        // The runs that have come take no reader from where he is.
        window.scrollTo({ top: scrollY });
        await shown.draw();
      }
    } while (asked === loads && read < address.state.runs.length);
    await grouping;
  };
  theme.subscribe(() => void shown?.draw());
  address.onReturn((state) => {
    if (state.runs.join() === shown?.ids.join()) void load();
    else location.reload();
  });
  root.replaceChildren(header.root, body, shortcuts.dialog);
  await load();
}

function noRuns(): HTMLElement {
  return element(
    "div",
    { class: "notice" },
    element("p", {}, "Choose two runs or more: here, or with x in the list of runs."),
    element(
      "p",
      {},
      "Or several at once in the terminal: ",
      element("code", {}, "turncoat analyze RUN1 RUN2"),
    ),
  );
}
