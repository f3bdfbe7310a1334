import type { ServedReport } from "../../../server/api.js";
import { AnswersPanel } from "./answersPanel.js";
import { fetchReport } from "../../api/apiClient.js";
import { afterPause, element, oncePerFrame } from "../../parts/dom.js";
import { downloadFigure, type DownloadForm } from "../../plots/download.js";
import { PageHeader } from "../../parts/pageHeader.js";
import { PlanePlot } from "../../plots/planePlot.js";
import { loadPlotly } from "../../plots/plotly.js";
import { numbersAt, recordAt } from "../../plots/plotlyValues.js";
import { runDetails } from "./runDetails.js";
import { runShortcuts } from "./runShortcuts.js";
import { Scrubber } from "../../plots/scrubber.js";
import { StepStack } from "../../plots/stepStack.js";
import { StepView } from "../../state/stepView.js";
import type { StepRange } from "../../state/steps.js";
import type { Theme, ThemeChoice } from "../../parts/theme.js";
import { drawnTransitions } from "../../plots/transitions.js";
import { TransitionLegend } from "../../plots/transitionLegend.js";
import { writeUrlState, type UrlState } from "../../state/urlState.js";

/** How often a running run is looked at again, at least; more rarely where a look takes long. */
const liveInterval = 5000;

/** The page of one run: what turned, in words; everything over one step axis; the geometry; what it says. */
export async function runPage(
  root: HTMLElement,
  run: string,
  state: UrlState,
  options: { readonly theme: ThemeChoice; readonly notices: readonly string[] },
): Promise<void> {
  const { theme } = options;
  document.title = `${run} · Turncoat`;
  void loadPlotly();
  const began = performance.now();
  const kept = new Map<Theme, Promise<ServedReport>>();
  const reportIn = (wanted: Theme): Promise<ServedReport> => {
    const asked = kept.get(wanted) ?? fetchReport(run, wanted);
    kept.set(wanted, asked);
    asked.catch(() => kept.delete(wanted));
    return asked;
  };
  let report = await reportIn(theme.theme);
  let took = performance.now() - began;

  const view = viewOf(report, state);
  const download = async (id: string, form: DownloadForm): Promise<void> => {
    // On paper a figure is light.
    const light = await reportIn("light");
    const figure = light.figures.find((each) => each.id === id)?.figure;
    if (figure !== undefined) await downloadFigure(form, figure, `${run}-${id}`);
  };
  const onDownload = (id: string, form: DownloadForm): void => void download(id, form);

  const stack = new StepStack(
    report.figures.filter((each) => each.onStepAxis),
    view,
    onDownload,
  );
  const planes = report.figures
    .filter((each) => !each.onStepAxis)
    .map(({ id, figure }) => new PlanePlot(id, figure, view, (form) => onDownload(id, form)));
  const answers = new AnswersPanel(run, view);
  const legend = new TransitionLegend(view);
  const scrubber = new Scrubber(view);
  const shortcuts = runShortcuts(view, scrubber, theme);
  const header = new PageHeader(theme, run, () => shortcuts.open());
  const words = element("div", { class: "summary" });
  const announced = element("div", { class: "visually-hidden", "aria-live": "polite" });

  const show = (): void => {
    const transitions = drawnTransitions(report.analysis);
    header.setState(report.status, report.recipe);
    words.replaceChildren(...summaryWords(report, options.notices));
    legend.setTransitions(transitions);
    scrubber.setTransitions(transitions);
    stack.setFigures(report.figures, transitions);
    for (const plane of planes) {
      const figure = report.figures.find(({ id }) => id === plane.id)?.figure;
      if (figure !== undefined) plane.setFigure(figure);
    }
    answers.setAnalysis(report.analysis);
  };
  const draw = async (): Promise<void> => {
    await stack.draw();
    for (const plane of planes) await plane.draw();
  };

  show();
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
    const query = writeUrlState({
      ...state,
      run,
      step: view.step === defaultStep(report) || Number.isNaN(view.step) ? null : view.step,
      theme: theme.choice,
      zoom: view.zoom,
      question: view.question,
      hidden: [...view.hidden],
    });
    history.replaceState(null, "", `./${query}`);
  }, 120);
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

  const update = async (): Promise<void> => {
    const next = await reportIn(theme.theme);
    if (figureIds(report) !== figureIds(next)) {
      // Figures that were not there before: the page is made anew from its address.
      location.reload();
      return;
    }
    report = next;
    view.grow(...axisOf(report));
    show();
    await draw();
  };
  const lookAgain = async (): Promise<void> => {
    kept.clear();
    const asked = performance.now();
    await update();
    took = performance.now() - asked;
    await answers.refresh();
  };
  theme.subscribe(() => {
    remember();
    void update();
  });
  await Promise.all([draw(), answers.update()]);
  document.documentElement.dataset.ready = "true";
  // So that the figures change colours together with the page.
  if (report.status !== "running") await reportIn(theme.theme === "dark" ? "light" : "dark");
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

function viewOf(report: ServedReport, state: UrlState): StepView {
  const [steps, whole] = axisOf(report);
  return new StepView(steps, whole, {
    step: state.step ?? defaultStep(report) ?? steps.at(-1) ?? 0,
    zoom: state.zoom,
    hidden: state.hidden,
    question: state.question,
  });
}

/** Every step that a figure has a value or a gap at, and the stretch that the figures share. */
function axisOf(report: ServedReport): [steps: number[], whole: StepRange] {
  const onAxis = report.figures.filter((each) => each.onStepAxis);
  const steps = new Set(
    onAxis.flatMap(({ figure }) => figure.data.flatMap((trace) => numbersAt(trace, "x"))),
  );
  const sorted = [...steps].filter(Number.isFinite).sort((one, other) => one - other);
  const [low, high] = numbersAt(recordAt(onAxis[0]?.figure.layout ?? {}, "xaxis"), "range");
  return [sorted, [low ?? (sorted[0] ?? 0) - 0.5, high ?? (sorted.at(-1) ?? 1) + 0.5]];
}

/** Where broad behaviour turns; undefined where it does not. */
function defaultStep(report: ServedReport): number | undefined {
  return drawnTransitions(report.analysis).find((each) => each.indicator === "behaviour")?.step;
}

function figureIds(report: ServedReport): string {
  return report.figures.map(({ id }) => id).join(" ");
}

function summaryWords(report: ServedReport, notices: readonly string[]): HTMLElement[] {
  const warnings = [...report.warnings, ...notices];
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
