import type { ServedComparison } from "../../../server/schemas/compare.js";
import type { ServedFigure } from "../../../server/schemas/figures.js";
import {
  fetchComparison,
  fetchCompareFigure,
  fetchCompareTable,
  type CompareRequest,
} from "../../api/compare.js";
import { fetchRuns } from "../../api/runs.js";
import { afterPause, button, element } from "../../parts/dom.js";
import { downloadFigure, saveTable } from "../../plots/download.js";
import { loadPlotly } from "../../plots/plotly.js";
import type { FigureServices } from "../../plots/stepRow.js";
import { StepStack } from "../../plots/stepStack.js";
import { nearestStep } from "../../state/steps.js";
import { StepView } from "../../state/stepView.js";
import { writeUrlState, type UrlStateOf } from "../../state/urlState.js";
import { definePage, type PageContext } from "../page.js";
import { runFields } from "../../state/runFields.js";
import { compareControls } from "./compareControls.js";
import { compareFields } from "../../state/compareFields.js";
import { compareShortcuts } from "./compareShortcuts.js";
import { compareWords } from "./compareWords.js";
import { DirectionsPanel } from "./directionsPanel.js";
import { numbersData, numbersTable } from "./numbersTable.js";
import { runPicker } from "./runPicker.js";
import { SharedCurves } from "./sharedCurves.js";

type State = UrlStateOf<typeof compareFields>;
type Context = PageContext<typeof compareFields>;

/** Page that compares several runs: numbers, one axis, directions. */
export const comparePage = definePage({
  name: "compare",
  key: "compare",
  inNavigation: true,
  fields: compareFields,
  loading: ({ runs }) =>
    runs.length === 0 ? "Reading the runs …" : `Reading and analysing ${runs.length} runs …`,
  show,
});

async function show(context: Context): Promise<void> {
  const { root, theme, address, header: makeHeader } = context;
  document.title = "compare · Turncoat";
  void loadPlotly();
  const listed = await fetchRuns();
  let shown: Shown | null = null;
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
    const comparison = await fetchComparison(requestOf(address.state));
    if (asked !== loads) return;
    shown = new Shown(context, comparison, picker, redo);
    body.replaceChildren(...shown.parts);
    body.removeAttribute("aria-busy");
    await shown.draw();
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

/** One comparison as it is shown; another alignment makes another. */
class Shown {
  readonly parts: readonly HTMLElement[];
  readonly view: StepView;
  readonly ids: readonly string[];
  readonly #context: Context;
  readonly #comparison: ServedComparison;
  readonly #request: CompareRequest;
  readonly #stack: StepStack;
  readonly #directions: DirectionsPanel;

  constructor(
    context: Context,
    comparison: ServedComparison,
    picker: HTMLElement,
    redo: (changes: Partial<State>) => void,
  ) {
    const { address, theme } = context;
    const { state } = address;
    this.#context = context;
    this.#comparison = comparison;
    this.#request = requestOf(state);
    this.ids = state.runs;
    const { positions, range } = comparison.axis;
    this.view = new StepView(positions, range, {
      step: state.at ?? initialPosition(comparison, state),
      zoom: state.zoom,
      hidden: [],
      curves: [],
      smoothing: "none",
      question: null,
    });
    const initial = nearestStep(positions, initialPosition(comparison, state));
    const curves = new SharedCurves(this.view, comparison, state.off);
    this.#stack = new StepStack(
      comparison.figures.map(({ id, title }) => ({
        id,
        title,
        onStepAxis: true,
        isTall: false,
        isSpatial: false,
        isOfAdapter: false,
        version: "",
        awaited: null,
      })),
      this.view,
      (id) => this.#servicesOf(id),
    );
    this.#directions = new DirectionsPanel({
      request: this.#request,
      theme,
      cursor: () => this.view.step,
      chosen: { direction: state.directions, isAtCursor: state.atCursor },
      onChoose: ({ direction, isAtCursor }) => address.set({ directions: direction, atCursor: isAtCursor }),
    });
    const table = element("div");
    const showTable = (): void =>
      table.replaceChildren(
        numbersTable(comparison, {
          isHidden: (curve) => curves.hidden.has(curve),
          onToggle: (curve) => curves.toggle(curve),
          hrefOf: (run) => `./${writeUrlState(runFields, { run }, { theme: theme.choice })}`,
        }),
      );
    showTable();
    curves.subscribe(() => {
      showTable();
      address.set({ off: [...curves.hidden] });
    });
    const remember = afterPause(() => {
      const at = this.view.step === initial ? null : this.view.step;
      address.set({ at, zoom: this.view.zoom });
    }, 120);
    const follow = afterPause(() => void this.#directions.follow(), 150);
    this.view.subscribe((change) => {
      if (change === "step" || change === "zoom") remember();
      if (change === "step") follow();
    });
    this.parts = [
      element("div", { class: "summary" }, ...compareWords(comparison)),
      table,
      element(
        "div",
        { class: "compare-tools" },
        picker,
        ...(["CSV", "JSON"] as const).map((form) =>
          button(`numbers as ${form}`, () => saveTable(form, numbersData(comparison), "compare-numbers")),
        ),
      ),
      compareControls(comparison, state, redo),
      this.#stack.root,
      ...(state.runs.length < 2 ? [] : [this.#directions.root]),
    ];
  }

  /** Draws one figure after the other, in the theme of the page. */
  async draw(): Promise<void> {
    const { theme } = this.#context.theme;
    const asked = this.#comparison.figures.map(({ id }) => fetchCompareFigure(this.#request, id, { theme }));
    for (const each of asked) each.catch(() => undefined);
    for (const each of asked) {
      const figure = await each;
      if (theme !== this.#context.theme.theme) return;
      await this.#stack.setFigure(figure, []);
    }
    if (this.ids.length > 1) await this.#directions.draw();
  }

  #servicesOf(id: string): FigureServices {
    const request = this.#request;
    const tableOf = () => fetchCompareTable(request, id);
    const onDownload: FigureServices["onDownload"] = (form, asShown) => {
      // On paper a figure is light.
      const save = async (): Promise<void> =>
        downloadFigure(
          form,
          asShown(await fetchCompareFigure(request, id, { theme: "light" })),
          `compare-${id}`,
          tableOf,
        );
      void save();
    };
    const figureOver = (range: readonly [number, number] | null): Promise<ServedFigure> =>
      fetchCompareFigure(request, id, { theme: this.#context.theme.theme, range });
    return { tableOf, figureOver, onDownload };
  }
}

/**
 * First position of the cursor: where the first run's broad behaviour turns, if that has a place on the axis; else the
 * end.
 */
function initialPosition({ axis, numbers }: ServedComparison, { align }: State): number {
  const turn = numbers.find(({ title }) => title === "broad behaviour turns");
  const step = turn?.cells.find(({ estimate }) => estimate !== null)?.estimate?.value;
  if (align === "transition") return 0;
  return (align === "step" ? step : undefined) ?? axis.positions.at(-1) ?? 0;
}

function requestOf({ runs, align, by, fold, band, k }: State): CompareRequest {
  return { runs, align, by, fold, band, k };
}
