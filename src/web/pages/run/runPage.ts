import type { ServedTable } from "../../../server/schemas/figures.js";
import type { ServedReport } from "../../../server/schemas/report.js";
import { FigureSource } from "../../api/figures.js";
import { fetchReport } from "../../api/runs.js";
import { afterPause, element, oncePerFrame } from "../../parts/dom.js";
import { downloadFigure, type DownloadForm } from "../../plots/download.js";
import { PlanePlot } from "../../plots/planePlot.js";
import { loadPlotly } from "../../plots/plotly.js";
import { Scrubber } from "../../plots/scrubber.js";
import type { FigureServices } from "../../plots/stepRow.js";
import { StepStack } from "../../plots/stepStack.js";
import { drawnTransitions } from "../../plots/transitions.js";
import { TransitionLegend } from "../../plots/transitionLegend.js";
import { StepView } from "../../state/stepView.js";
import type { UrlStateOf } from "../../state/urlState.js";
import { definePage, type PageContext } from "../page.js";
import { AnswersPanel } from "./answersPanel.js";
import { runDetails } from "./runDetails.js";
import { runFields } from "./runFields.js";
import { runShortcuts } from "./runShortcuts.js";

/** How often a running run is looked at again, at least; more rarely where a look takes long. */
const liveInterval = 5000;

/** The page of one run: what turned, in words; everything over one step axis; the geometry; what it says. */
export const runPage = definePage({
  name: "run",
  key: "run",
  inNavigation: false,
  fields: runFields,
  loading: ({ run }) => `Reading and analysing ${run ?? "the run"} …`,
  show,
});

type RunState = UrlStateOf<typeof runFields>;

async function show({
  root,
  theme,
  address,
  header: makeHeader,
}: PageContext<typeof runFields>): Promise<void> {
  const run = address.state.run ?? "";
  document.title = `${run} · Turncoat`;
  void loadPlotly();
  const began = performance.now();
  const source = new FigureSource(run);
  let report = await fetchReport(run);
  let took = performance.now() - began;

  const [onAxis, inPlane] = [true, false].map((wanted) =>
    report.figures.filter((each) => each.onStepAxis === wanted),
  );
  const view = new StepView(report.axis.steps, report.axis.range, viewState(report, address.state));
  const servicesOf = (id: string): FigureServices => {
    const tableOf = (): Promise<ServedTable> => source.table(id);
    const download = async (form: DownloadForm): Promise<void> =>
      // On paper a figure is light.
      downloadFigure(form, await source.figure(id, "light"), `${run}-${id}`, tableOf);
    return { tableOf, onDownload: (form) => void download(form) };
  };
  const stack = new StepStack(onAxis ?? [], view, servicesOf);
  const planes = (inPlane ?? []).map((figure) => new PlanePlot(figure, view, servicesOf(figure.id)));
  const answers = new AnswersPanel(run, view);
  const legend = new TransitionLegend(view);
  const scrubber = new Scrubber(view);
  const shortcuts = runShortcuts(view, scrubber, theme);
  const header = makeHeader({ title: run, onHelp: () => shortcuts.open() });
  const words = element("div", { class: "summary" });
  const announced = element("div", { class: "visually-hidden", "aria-live": "polite" });

  const showReport = (): void => {
    const transitions = drawnTransitions(report);
    header.setState(report.status, report.recipe);
    words.replaceChildren(...summaryWords(report));
    legend.setTransitions(transitions);
    scrubber.setTransitions(transitions);
    answers.setReport(report);
  };
  /** Draws one figure after the other in the order of the page, so that the first is there at once. */
  const draw = async (): Promise<void> => {
    const transitions = drawnTransitions(report);
    const wanted = theme.theme;
    // Asked for together, so that none waits for the drawing of another.
    const asked = report.figures.map(({ id }) => source.figure(id, wanted));
    for (const each of asked) each.catch(() => undefined);
    for (const each of asked) {
      const figure = await each;
      if (wanted !== theme.theme) return;
      if (figure.onStepAxis) await stack.setFigure(figure, transitions);
      else await planes.find(({ id }) => id === figure.id)?.setFigure(figure);
    }
  };

  showReport();
  root.replaceChildren(
    header.root,
    element(
      "main",
      {},
      words,
      legend.root,
      report.figures.length === 0 ? nothingYet() : stack.root,
      element("div", { class: "planes" }, ...planes.map((plane) => plane.root), answers.root),
      runDetails(run),
    ),
    ...(view.steps.length > 0 ? [scrubber.root] : []),
    shortcuts.dialog,
    announced,
  );

  const remember = afterPause(() => {
    const step = view.step === defaultStep(report) || Number.isNaN(view.step) ? null : view.step;
    const { zoom, question, hidden } = view;
    // A zoom that follows the step is no view of its own.
    const entry = step === address.state.step ? {} : ({ entry: "replace" } as const);
    address.set({ step, zoom, question, hidden: [...hidden] }, entry);
  }, 120);
  address.onReturn((state) => view.restore(viewState(report, state)));
  const announce = afterPause(() => {
    announced.textContent = `step ${view.step}: ${stack.words()}`;
  }, 500);
  const mark = oncePerFrame(() => {
    for (const plane of planes) void plane.mark();
  });
  view.subscribe((change) => {
    if (change !== "hover") remember();
    if (change === "step") announce();
    if (change === "step" || change === "hover") mark();
  });

  const lookAgain = async (): Promise<void> => {
    const asked = performance.now();
    const next = await fetchReport(run);
    if (figureIds(report) !== figureIds(next)) {
      // Figures that were not there before: the page is made anew from its address.
      location.reload();
      return;
    }
    report = next;
    source.forget();
    view.grow(report.axis.steps, report.axis.range);
    showReport();
    await draw();
    took = performance.now() - asked;
    await answers.refresh();
  };
  theme.subscribe(() => void draw());
  await Promise.all([draw(), answers.update()]);
  // So that the figures change colours together with the page.
  const other = theme.theme === "dark" ? "light" : "dark";
  if (report.status !== "running") for (const { id } of report.figures) void source.figure(id, other);
  else
    pollWhile(
      () => report.status === "running",
      lookAgain,
      () => took,
    );
}

function pollWhile(isRunning: () => boolean, reload: () => Promise<void>, took: () => number): void {
  const wait = (): number => Math.max(liveInterval, 10 * took());
  const look = async (): Promise<void> => {
    if (document.visibilityState === "visible") await reload();
    if (isRunning()) setTimeout(() => void look(), wait());
  };
  setTimeout(() => void look(), wait());
}

/** What the address leaves open, filled in. */
function viewState(
  report: ServedReport,
  { step, zoom, hidden, question }: RunState,
): RunState & { readonly step: number } {
  return {
    run: null,
    step: step ?? defaultStep(report) ?? report.axis.steps.at(-1) ?? 0,
    zoom,
    hidden,
    question,
  };
}

/** Where broad behaviour turns; undefined where it does not. */
function defaultStep(report: ServedReport): number | undefined {
  return drawnTransitions(report).find((each) => each.indicator === "behaviour")?.step;
}

function figureIds(report: ServedReport): string {
  return report.figures.map(({ id }) => id).join(" ");
}

function summaryWords(report: ServedReport): HTMLElement[] {
  const { warnings } = report;
  const [first, ...others] = report.sentences;
  return [
    ...(first === undefined ? [] : [element("p", {}, element("b", {}, first))]),
    ...(others.length === 0 ? [] : [element("p", {}, others.join(" "))]),
    ...(warnings.length === 0
      ? []
      : [
          element(
            "details",
            { class: "warnings" },
            element("summary", {}, warnings.length === 1 ? "1 warning" : `${warnings.length} warnings`),
            element("ul", {}, ...warnings.map((warning) => element("li", {}, warning))),
          ),
        ]),
  ];
}

function nothingYet(): HTMLElement {
  return element(
    "p",
    { class: "notice" },
    "There is nothing to draw yet: no checkpoint, no log and no answers. This page looks again by itself while the run is live.",
  );
}
