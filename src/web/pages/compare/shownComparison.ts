import type { ServedComparison } from "../../../server/schemas/compare.js";
import type { ServedDiff } from "../../../server/schemas/runs.js";
import type { ServedFigure } from "../../../server/schemas/figures.js";
import { fetchCompareFigure, fetchCompareTable, type CompareRequest } from "../../api/compare.js";
import { choiceList } from "../../parts/choice.js";
import { afterPause, button, element } from "../../parts/dom.js";
import { downloadFigure, saveTable, type DownloadForm } from "../../plots/download.js";
import { bringForward } from "../../plots/bringForward.js";
import type { FigureServices } from "../../plots/stepRow.js";
import { StepStack } from "../../plots/stepStack.js";
import { pinnedRuns, togglePin } from "../../state/pins.js";
import { nearestStep } from "../../state/steps.js";
import { StepView } from "../../state/stepView.js";
import { writeUrlState, type UrlStateOf } from "../../state/urlState.js";
import type { PageContext } from "../page.js";
import { runFields } from "../../state/runFields.js";
import { AnswersBeside } from "./answersBeside.js";
import { compareControls } from "./compareControls.js";
import type { compareFields } from "../../state/compareFields.js";
import { compareWords } from "./compareWords.js";
import { DirectionsPanel } from "./directionsPanel.js";
import { numbersData, numbersTable } from "./numbersTable.js";
import { groupSettings, runGroups, type RunGroup } from "./runGroups.js";
import { SharedCurves } from "./sharedCurves.js";

type State = UrlStateOf<typeof compareFields>;
type Context = PageContext<typeof compareFields>;

/** One comparison as it is shown; another alignment makes another. */
export class ShownComparison {
  readonly parts: readonly HTMLElement[];
  readonly view: StepView;
  readonly ids: readonly string[];
  readonly #context: Context;
  readonly #comparison: ServedComparison;
  readonly #request: CompareRequest;
  readonly #stack: StepStack;
  readonly #directions: DirectionsPanel;
  readonly #beside: AnswersBeside;
  readonly #table = element("div");
  readonly #grouping = element("span");
  readonly #showTable: () => void;
  #groups: readonly RunGroup[];

  constructor(
    context: Context,
    comparison: ServedComparison,
    picker: HTMLElement,
    diff: ServedDiff | null,
    redo: (changes: Partial<State>) => void,
  ) {
    const { address, theme } = context;
    const { state } = address;
    this.#context = context;
    this.#comparison = comparison;
    // Those alone that can be read.
    const runs = comparison.runs.map(({ id }) => id);
    this.#request = { ...requestOf(state, comparison.pending), runs };
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
    this.#beside = new AnswersBeside(
      comparison,
      () => (state.align === "step" ? this.view.step : undefined),
      state.question === "" ? null : state.question,
      (question) => address.set({ question }),
    );
    this.#groups = runGroups(this.#request.runs, null, "");
    const showTable = (): void =>
      this.#table.replaceChildren(
        numbersTable(comparison, {
          isHidden: (curve) => curves.hidden.has(curve),
          onToggle: (curve) => curves.toggle(curve),
          onPoint: (label) => bringForward(this.#stack.root, label),
          hrefOf: (run) => `./${writeUrlState(runFields, { run }, { theme: theme.choice })}`,
          pinned: pinnedRuns(),
          onPin: (run) => {
            togglePin(run);
            showTable();
            this.#table.querySelector<HTMLElement>(`.pin[aria-label="pin ${CSS.escape(run)}"]`)?.focus();
          },
          groups: this.#groups,
        }),
      );
    this.#showTable = showTable;
    if (diff === null) showTable();
    else this.group(diff);
    curves.subscribe(() => {
      showTable();
      address.set({ off: [...curves.hidden] });
    });
    const remember = afterPause(() => {
      const at = this.view.step === initial ? null : this.view.step;
      address.set({ at, zoom: this.view.zoom });
    }, 120);
    const follow = afterPause(() => {
      void this.#directions.follow();
      void this.#beside.show();
    }, 150);
    this.view.subscribe((change) => {
      if (change === "step" || change === "zoom") remember();
      if (change === "step") follow();
    });
    this.parts = [
      element("div", { class: "summary" }, ...compareWords(comparison)),
      this.#table,
      element(
        "div",
        { class: "compare-tools" },
        picker,
        this.#grouping,
        ...(["CSV", "JSON"] as const).map((form) =>
          button(`numbers as ${form}`, () => saveTable(form, numbersData(comparison), "compare-numbers")),
        ),
        ...(comparison.hasEvents ? (["SVG", "PNG", "CSV"] as const) : []).map((form) =>
          button(`time line as ${form}`, () => this.#save("events", form)),
        ),
      ),
      compareControls(comparison, state, redo),
      this.#stack.root,
      this.#beside.root,
      ...(this.#request.runs.length < 2 ? [] : [this.#directions.root]),
    ];
  }

  /** Lets the rows be grouped by the settings in which the runs differ. */
  group(diff: ServedDiff): void {
    const { address } = this.#context;
    const showBy = (setting: string): void => {
      this.#groups = runGroups(this.#request.runs, diff, setting);
      this.#showTable();
    };
    const choice = groupingChoice(diff, address.state.group, (group) => {
      address.set({ group });
      showBy(group);
    });
    this.#grouping.replaceChildren(...(choice === null ? [] : [choice]));
    showBy(address.state.group);
  }

  /**
   * Draws one figure after the other, in the theme of the page, and beside them what the runs say, and their directions, once
   * all runs are read: each arrival would ask for them anew.
   */
  async draw(): Promise<void> {
    const { theme } = this.#context.theme;
    const asked = this.#comparison.figures.map(({ id }) => fetchCompareFigure(this.#request, id, { theme }));
    const isAll = this.#comparison.pending.length === 0;
    const rest = isAll ? [this.#beside.show()] : [];
    if (isAll && this.#request.runs.length > 1) rest.push(this.#directions.draw());
    for (const each of [...asked, ...rest]) each.catch(() => undefined);
    for (const each of asked) {
      const figure = await each;
      if (theme !== this.#context.theme.theme) return;
      await this.#stack.setFigure(figure, []);
    }
    await Promise.all(rest);
  }

  /** Saves a figure; on paper it is light. */
  #save(
    id: string,
    form: DownloadForm,
    asShown: (figure: ServedFigure) => ServedFigure = (figure) => figure,
  ): void {
    const request = this.#request;
    const save = async (): Promise<void> =>
      downloadFigure(
        form,
        asShown(await fetchCompareFigure(request, id, { theme: "light" })),
        `compare-${id}`,
        () => fetchCompareTable(request, id),
      );
    void save();
  }

  #servicesOf(id: string): FigureServices {
    const request = this.#request;
    const tableOf = () => fetchCompareTable(request, id);
    const onDownload: FigureServices["onDownload"] = (form, asShown) => this.#save(id, form, asShown);
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
  const turn = numbers.find(({ event }) => event === "behavior");
  const step = turn?.cells.find(({ estimate }) => estimate !== null)?.estimate?.value;
  if (align === "transition") return 0;
  return (align === "step" ? step : undefined) ?? axis.positions.at(-1) ?? 0;
}

/** What the server is asked for, as the address says it. */
export function requestOf(
  { runs, align, by, fold, band, k }: State,
  byLog: CompareRequest["byLog"],
): CompareRequest {
  return { runs, byLog, align, by, fold, band, k };
}

/** Choice of the setting by which the rows stand together; nothing where there is none. */
function groupingChoice(
  diff: ServedDiff | null,
  chosen: string,
  onChoose: (setting: string) => void,
): HTMLElement | null {
  const settings = diff === null ? [] : groupSettings(diff);
  if (settings.length === 0) return null;
  const all = [["", "nothing"], ...settings.map((each) => [each, each] as const)] as const;
  return choiceList("group rows by", all, chosen, onChoose);
}
