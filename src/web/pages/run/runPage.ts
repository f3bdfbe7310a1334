import type { FigureEntry, ServedFigure, ServedTable } from "../../../server/schemas/figures.js";
import type { ServedReport } from "../../../server/schemas/report.js";
import { FigureSource } from "../../api/figures.js";
import { fetchControlChoices, fetchReport } from "../../api/runs.js";
import { afterPause, element, oncePerFrame } from "../../parts/dom.js";
import { downloadFigure } from "../../plots/download.js";
import { PlanePlot } from "../../plots/planePlot.js";
import { loadPlotly } from "../../plots/plotly.js";
import { smoothingChoice } from "../../plots/smoothingChoice.js";
import { Scrubber } from "../../plots/scrubber.js";
import type { FigureServices } from "../../plots/stepRow.js";
import { StepStack } from "../../plots/stepStack.js";
import { drawnTransitions } from "../../plots/transitions.js";
import { TransitionLegend } from "../../plots/transitionLegend.js";
import type { StepRange } from "../../state/steps.js";
import { StepView, type ViewState } from "../../state/stepView.js";
import type { UrlStateOf } from "../../state/urlState.js";
import { definePage, type PageContext } from "../page.js";
import { AdapterChoice } from "../../state/adapterChoice.js";
import { AdaptersPanel } from "./adaptersPanel.js";
import { AnswersPanel } from "./answersPanel.js";
import { ControlChoice } from "./controlChoice.js";
import { EvaluationChoice } from "./evaluationChoice.js";
import { followToggle } from "./followToggle.js";
import { LiveRun } from "./liveRun.js";
import { NotesPanel } from "./notesPanel.js";
import { runFields } from "../../state/runFields.js";
import { runShortcuts } from "./runShortcuts.js";
import { SummaryPanel } from "./summaryPanel.js";

/** Page of one run: what turned in a sentence; everything over one step axis; the geometry; what the model says. */
export const runPage = definePage({
  name: "run",
  key: "run",
  inNavigation: false,
  fields: runFields,
  loading: ({ run }) => `Reading and analysing ${run ?? "the run"} …`,
  show,
});

/** Id of the figure whose cells are adapters. */
const mapOfAdapters = "update-map";

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
  const { evaluation, control } = address.state;
  const source = new FigureSource(run, { evaluation, control });
  // Asked for at once, so that nothing moves when it comes. Where there are too many runs to look through there is no choice.
  const askedControls = fetchControlChoices(run).catch(() => null);
  let report = await fetchReport(run, { evaluation, control });

  const onAxis = (): readonly FigureEntry[] => report.figures.filter((each) => each.onStepAxis);
  const view = new StepView(report.axis.steps, report.axis.range, viewState(report, address.state));
  const adapters = new AdapterChoice(address.state, () => report.whole?.shown ?? null);
  const adapterOf = (id: string): string | null =>
    report.figures.find((each) => each.id === id)?.isOfAdapter === true ? adapters.adapter : null;
  const figureOf = (id: string, shade: "light" | "dark", range: StepRange | null = null) =>
    source.figure(id, { theme: shade, smoothing: view.smoothing, adapter: adapterOf(id), range });
  const servicesOf = (id: string): FigureServices => {
    const tableOf = (): Promise<ServedTable> => source.table(id, adapterOf(id));
    const onDownload: FigureServices["onDownload"] = (form, asShown) => {
      // On paper a figure is light.
      const save = async (): Promise<void> =>
        downloadFigure(form, asShown(await figureOf(id, "light")), `${run}-${id}`, tableOf);
      void save();
    };
    const figureOver = (range: StepRange | null): Promise<ServedFigure> => figureOf(id, theme.theme, range);
    return { tableOf, figureOver, onDownload };
  };
  const stack = new StepStack(onAxis(), view, servicesOf);
  stack.root.id = figuresId;
  const planeRow = element("div", { class: "planes" });
  const planes: PlanePlot[] = [];
  const placePlanes = (): void => {
    for (const figure of report.figures.filter((each) => !each.onStepAxis)) {
      const known = planes.find(({ id }) => id === figure.id);
      const isMap = figure.id === mapOfAdapters;
      const plane = known ?? new PlanePlot(figure, view, servicesOf(figure.id), isMap ? adapters : null);
      plane.setAwaited(figure.awaited);
      if (known !== undefined) continue;
      planes.push(plane);
      planeRow.insertBefore(plane.root, answers.root);
      if (isMap) plane.root.after(list.root);
    }
  };
  const list = new AdaptersPanel(adapters);
  const listAdapters = async (): Promise<void> => {
    if (report.whole !== null) list.setTable(await source.table(mapOfAdapters));
  };
  const answers = new AnswersPanel(run, view, evaluation);
  const choice = new EvaluationChoice((name) => {
    address.set({ evaluation: name });
    // Another evaluation has other figures: nothing of this one may stay.
    location.reload();
  });
  const controls = new ControlChoice((name) => {
    address.set({ control: name });
    location.reload();
  });
  const listControls = async (): Promise<void> => {
    const known = await askedControls;
    if (known !== null) controls.show(known, control);
  };
  const notes = new NotesPanel(run, view, () => {
    source.forget(onAxis().map(({ id }) => id));
    void draw(({ onStepAxis }) => onStepAxis);
  });
  const legend = new TransitionLegend(view);
  const scrubber = new Scrubber(view);
  const shortcuts = runShortcuts(view, scrubber, theme, list, {
    answers: () => answers.root,
    figures: () => document.getElementById(figuresId),
    timeline: () => stack.root.querySelector<HTMLElement>('[data-figure="timeline"]'),
  });
  const follow = followToggle(view);
  const live = new LiveRun({
    run,
    report: () => report,
    look: () => lookAgain(),
    onFailure: () => showReport(),
    onChoose: (step) => view.choose(step),
    follow,
  });
  const header = makeHeader({
    title: run,
    hasOwnHeading: true,
    skips: [
      { words: "skip to the figures", to: figuresId },
      { words: "skip to the answers", to: answers.root.id },
    ],
    // The step that is shown, whatever is usual or newest when somebody opens the link.
    share: () => address.link({ step: Number.isNaN(view.step) ? null : view.step, follows: false }),
    tools: [live.alerts.root, follow, live.pause],
    onHelp: () => shortcuts.open(),
  });
  const summary = new SummaryPanel(run);
  const announced = element("div", { class: "visually-hidden", "aria-live": "polite" });

  const showReport = (): void => {
    const transitions = drawnTransitions(report);
    live.showState(header);
    summary.show(report, live.failure);
    legend.setTransitions(transitions);
    scrubber.setTransitions(transitions);
    answers.setReport(report);
    choice.show(report.evaluations);
  };
  /** Draws one figure after the other in the order of the page, so that the first is there at once. */
  const draw = async (isWanted: (entry: FigureEntry) => boolean = () => true): Promise<void> => {
    const transitions = drawnTransitions(report);
    const wanted = theme.theme;
    const { adapter } = adapters;
    const there = report.figures.filter((entry) => entry.awaited === null && isWanted(entry));
    // Asked for together, so that none waits for the drawing of another.
    const asked = there.map(({ id }) => figureOf(id, wanted));
    for (const each of asked) each.catch(() => undefined);
    for (const [index, each] of asked.entries()) {
      const isOfAdapter = there[index]?.isOfAdapter === true;
      const figure = await each.catch((error: unknown) => {
        if (!isOfAdapter || adapter === null) throw error;
        return messageOf(error);
      });
      if (wanted !== theme.theme) return;
      if (isOfAdapter && adapter !== adapters.adapter) continue;
      if (typeof figure === "string") {
        // One that an address names and that is not there: the usual one is shown, and why.
        adapters.choose(null);
        list.say(figure);
      } else if (figure.onStepAxis) await stack.setFigure(figure, transitions);
      else await planes.find(({ id }) => id === figure.id)?.setFigure(figure);
    }
  };

  planeRow.append(answers.root);
  placePlanes();
  showReport();
  root.replaceChildren(
    header.root,
    element(
      "main",
      {},
      summary.root,
      element(
        "div",
        { class: "run-controls" },
        legend.root,
        choice.root,
        controls.root,
        smoothingChoice(view),
      ),
      report.figures.length === 0 ? nothingYet() : stack.root,
      planeRow,
      notes.root,
    ),
    ...(view.steps.length > 0 || report.figures.length > 0 ? [scrubber.root] : []),
    shortcuts.dialog,
    announced,
    live.alerts.announced,
  );

  /** True while the step is the usual one, for the address names none and the reader has chosen none. */
  let isUsual = address.state.step === null && !view.follows;
  const toUsual = (): void => {
    const usual = defaultStep(report);
    if (!isUsual || usual === undefined) return;
    view.choose(usual);
    isUsual = true;
  };
  const remember = afterPause(() => {
    const step = isUsual ? null : addressedStep(report, view);
    const { follows, zoom, question, hidden, curves, smoothing, camera, says } = view;
    // A zoom that follows the step is no view of its own.
    const entry = step === address.state.step ? {} : ({ entry: "replace" } as const);
    address.set(
      { step, follows, zoom, question, hidden: [...hidden], curves: [...curves], smoothing, camera, ...says },
      entry,
    );
  }, 120);
  adapters.subscribe((change) => {
    address.set({ adapter: adapters.adapter, quantity: adapters.quantity });
    if (change === "adapter") void draw(({ isOfAdapter }) => isOfAdapter);
  });
  address.onReturn((state) => {
    if (state.evaluation !== evaluation || state.control !== control) location.reload();
    view.restore(viewState(report, state));
    isUsual = state.step === null && !state.follows;
    adapters.restore(state);
  });
  const announce = afterPause(() => {
    announced.textContent = `step ${view.step}: ${stack.words()}`;
  }, 500);
  const mark = oncePerFrame(() => {
    for (const plane of planes) void plane.mark();
  });
  view.subscribe((change) => {
    if (change === "step") isUsual = false;
    if (change !== "hover") remember();
    if (change === "smoothing") void draw();
    if (change === "step") announce();
    if (change === "step" || change === "hover" || change === "zoom") mark();
  });

  const lookAgain = async (): Promise<void> => {
    const before = new Map(report.figures.map(({ id, version }) => [id, version]));
    const wasComplete = report.isComplete;
    report = await fetchReport(run, { evaluation, control });
    const isNew = ({ id, version }: FigureEntry): boolean => before.get(id) !== version;
    source.forget(report.figures.filter(isNew).map(({ id }) => id));
    const hold = holdStill();
    stack.setEntries(onAxis());
    placePlanes();
    view.grow(report.axis.steps, report.axis.range);
    toUsual();
    showReport();
    hold();
    const isListNew = report.figures.some((each) => each.id === mapOfAdapters && isNew(each));
    await Promise.all([draw(isNew), isListNew ? listAdapters() : null]);
    // The answers are of the same files as the figures.
    if (report.figures.some(isNew) || report.isComplete !== wasComplete) await answers.refresh();
  };
  theme.subscribe(() => void draw());
  await Promise.all([draw(), listAdapters(), listControls(), answers.update(), notes.update()]);
  // So that the figures change colours together with the page.
  const other = theme.theme === "dark" ? "light" : "dark";
  if (report.isComplete && report.status !== "running")
    for (const { id } of report.figures) void figureOf(id, other);
  live.start(header);
  if (isSettled(report)) return;
  isUsual = false;
  remember();
}

/** Id of the figures over the steps. */
const figuresId = "figures";

/** Tells whether a run stays as it is, so that an address without a step always leads to the same one. */
function isSettled({ status }: ServedReport): boolean {
  return ["finished", "interrupted"].includes(status);
}

/** Step that the address names; null where it is the usual one of a run that stays, or the newest, which is followed. */
function addressedStep(report: ServedReport, { step, follows }: StepView): number | null {
  if (follows || Number.isNaN(step)) return null;
  return isSettled(report) && step === defaultStep(report) ? null : step;
}

/**
 * Keeps the first figure in the window where it is while what stands above it changes; the page has no anchors. At the top of
 * the page it is the beginning that stays: what was found comes first there.
 */
function holdStill(): () => void {
  if (window.scrollY === 0) return () => undefined;
  const held = [...document.querySelectorAll("[data-figure]")].find(
    (figure) => figure.getBoundingClientRect().bottom > 0,
  );
  const top = (): number => held?.getBoundingClientRect().top ?? 0;
  const before = top();
  return () => window.scrollBy(0, top() - before);
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** State of the view, with what the address leaves open filled in. */
function viewState(report: ServedReport, state: RunState): ViewState {
  return { ...state, step: state.step ?? defaultStep(report) ?? report.axis.steps.at(-1) ?? 0 };
}

/** Step at which broad behaviour turns; undefined where it does not. */
function defaultStep(report: ServedReport): number | undefined {
  return drawnTransitions(report).find((each) => each.indicator === "behavior")?.step;
}

function nothingYet(): HTMLElement {
  return element(
    "p",
    { class: "notice" },
    "There is nothing to draw yet: no checkpoint, no log and no answers. This page looks again by itself while the run is live.",
  );
}
