import type { ServedPlayground } from "../../../server/schemas/playground.js";
import { askPlayground, fetchPlayground } from "../../api/playground.js";
import { fetchRuns } from "../../api/runs.js";
import { afterPause, element } from "../../parts/dom.js";
import { NumberSlider } from "../../parts/numberSlider.js";
import { Shortcuts } from "../../parts/shortcuts.js";
import type { ThemeChoice } from "../../parts/theme.js";
import { writeUrlState } from "../../state/urlState.js";
import { definePage, type PageContext } from "../page.js";
import { runFields } from "../../state/runFields.js";
import { AnswerColumns } from "./answerColumns.js";
import { countOf, questionOf, stateWords, type State } from "./askedState.js";
import { AskHistory } from "./askHistory.js";
import { judgeWords, timeWords, troubleLine, troubleWords, type Judging } from "./askWords.js";
import { playgroundFields } from "../../state/playgroundFields.js";
import { ModelChoice } from "./modelChoice.js";
import { QuestionForm } from "./questionForm.js";
import { samplingControls } from "./samplingControls.js";
import { SteeringControl } from "./steeringControl.js";
import { StepControl } from "./stepControl.js";
import { Sweep } from "./sweep.js";

/** Milliseconds within which a model is quick: it is asked again by itself when its state changes. */
const quick = 2000;

/** Page for asking a run's checkpoints: the model's state at the left, answers of base and checkpoint at the right. */
export const playgroundPage = definePage({
  name: "playground",
  key: "playground",
  inNavigation: true,
  fields: playgroundFields,
  loading: ({ run }) => (run === null ? "Reading the runs …" : `Looking for the model of ${run} …`),
  show,
});

async function show(context: PageContext<typeof playgroundFields>): Promise<void> {
  const { run } = context.address.state;
  document.title = `${run === null || run === "" ? "" : `${run} · `}playground · Turncoat`;
  if (run === null || run === "") await showChoice(context);
  else showPlayground(context, run, await fetchPlayground(run));
}

/** Shows the choice of the run to ask. */
async function showChoice({ root, theme, header }: PageContext<typeof playgroundFields>): Promise<void> {
  const runs = await fetchRuns();
  const links = runs.map(({ id, recipe, status }) =>
    element(
      "li",
      {},
      status === "unreadable" ? id : element("a", { href: linkTo(id, theme) }, id),
      element("span", { class: "muted" }, ` ${status === "unreadable" ? "cannot be read" : recipe}`),
    ),
  );
  root.replaceChildren(
    header({}).root,
    element(
      "main",
      { class: "playground-choice" },
      element("p", {}, runs.length === 0 ? "There are no runs to ask yet." : "Which run do you want to ask?"),
      element("ul", {}, ...links),
    ),
  );
}

function linkTo(run: string, theme: ThemeChoice): string {
  return `./${writeUrlState(playgroundFields, { run }, { theme: theme.choice })}`;
}

function showPlayground(
  { root, theme, address, header }: PageContext<typeof playgroundFields>,
  run: string,
  playground: ServedPlayground,
): void {
  const { model, problem, judge } = playground;
  if (model === null) {
    root.replaceChildren(header({ title: run }).root, missingModel(run, problem, theme));
    return;
  }
  const columns = new AnswerColumns(playground.thresholds);
  const status = element("p", { class: "ask-status muted", role: "status" });
  if (judge === null) status.textContent = judgeWords(judge, "none");
  const trouble = element("div", { class: "ask-trouble", role: "alert" });
  let underWay: AbortController | null = null;
  /** Question and sampling that the base has answered; it answers anew when one of these changes. */
  let answeredByBase = "";
  let isAsked = false;
  let lastMilliseconds = Infinity;

  const ask = async (): Promise<void> => {
    const question = form.value;
    if (question === "") return;
    underWay?.abort();
    const asking = new AbortController();
    underWay = asking;
    isAsked = true;
    address.set({ question: form.id ?? question });
    const { temperature, seed, longest } = address.state;
    const answers = countOf(address.state);
    const ofBase = JSON.stringify([question, answers, temperature, seed, longest]);
    const withBase = address.state.withBase && (ofBase !== answeredByBase || !columns.isWhole("base"));
    if (withBase) {
      answeredByBase = ofBase;
      columns.begin("base", answers);
    }
    columns.begin("chosen", answers);
    columns.setTitle("chosen", stateWords(address.state, stepControl.step, playground));
    trouble.replaceChildren();
    let judging: Judging = judge?.kind === "model" ? "underWay" : "none";
    const sayJudged = (milliseconds: number): void => {
      status.textContent = `${judgeWords(judge, judging)} ${timeWords(milliseconds)}`;
    };
    try {
      await askPlayground(
        run,
        questionOf(address.state, { question, step: stepControl.step, withBase }),
        {
          onState: ({ state, ahead, steering }) => {
            steeringControl.setEffect(steering);
            if (state === "waiting")
              status.textContent = `waiting for ${ahead} other question${ahead === 1 ? "" : "s"} …`;
            if (state === "opening") status.textContent = `opening ${model.name} …`;
          },
          onParts: (parts) => columns.grow(parts),
          onAnswer: (answer) => {
            if (answer.coherent !== null) judging = "some";
            columns.end(answer);
          },
          onScores: (scores) => columns.score(scores),
          onRates: (rates) => columns.setRates(rates),
          onUnjudged: (error) => {
            judging = "failed";
            columns.giveUpScores();
            trouble.replaceChildren(troubleLine(error));
          },
          onDone: ({ milliseconds }) => {
            lastMilliseconds = milliseconds;
            sayJudged(milliseconds);
          },
        },
        asking.signal,
      );
      if (asking.signal.aborted) return;
      history.add({
        ...{ link: address.link(), question, model: stateWords(address.state, stepControl.step, playground) },
        ...{ rates: columns.words, answers: columns.answers, askedAt: new Date().toISOString() },
      });
      if (judge?.kind !== "model") return;
      if (judging === "underWay") judging = "some";
      sayJudged(lastMilliseconds);
    } catch (error) {
      if (asking.signal.aborted) return;
      status.textContent = "";
      trouble.replaceChildren(...troubleWords(error));
    }
  };
  const askAgain = afterPause(() => void ask(), 60);
  const change = (changes: Partial<State>): void => {
    address.set(changes);
    modelChoice.set(address.state);
    if (changes.scale !== undefined) scale.set(changes.scale);
    columns.showBase(address.state.withBase);
    columns.setTitle("chosen", stateWords(address.state, stepControl.step, playground));
    sweep.onChange(changes);
    if (isAsked && (model.isOrganism || lastMilliseconds < quick)) {
      // What is shown, and what is still to come, is of the state before.
      underWay?.abort();
      columns.begin("chosen", countOf(address.state));
      askAgain();
    } else if (isAsked) status.textContent = "The model's state has changed; ask again to hear it.";
  };

  const { state } = address;
  const form = new QuestionForm(playground.questions, () => void ask());
  form.set(state.question ?? playground.question ?? "");
  const last = playground.steps.at(-1);
  const stepControl = new StepControl(playground.steps, state.step, (step) =>
    change({ step: step === last ? null : step }),
  );
  const scale = new NumberSlider({
    label: "scale factor",
    range: [0, 5],
    limits: [-100, 100],
    step: 0.1,
    value: state.scale,
    onChange: (value) => change({ scale: value }),
  });
  const steeringControl = new SteeringControl(run, playground, state, change);
  const modelChoice = new ModelChoice(state, change);
  const history = new AskHistory(run);
  columns.showBase(state.withBase);
  const sweep = new Sweep(run, playground, address, () => stepControl.step);
  const sampling = samplingControls(state, playground.longest, change);
  columns.setTitle("chosen", stateWords(state, stepControl.step, playground));
  columns.begin("base", countOf(state));
  columns.begin("chosen", countOf(state));

  address.onReturn((returned) => {
    stepControl.set(returned.step ?? Infinity);
    scale.set(returned.scale);
    steeringControl.set(returned);
    sampling.set(returned);
    modelChoice.set(returned);
    columns.showBase(returned.withBase);
    form.set(returned.question ?? playground.question ?? "");
    sweep.onReturn();
    void ask();
  });
  const shortcuts = new Shortcuts(
    [
      { keys: ["ArrowLeft"], words: "one checkpoint back", run: () => stepControl.move(-1) },
      { keys: ["ArrowRight"], words: "one checkpoint on", run: () => stepControl.move(1) },
      { keys: ["Shift+ArrowLeft"], words: "ten checkpoints back", run: () => stepControl.move(-10) },
      { keys: ["Shift+ArrowRight"], words: "ten checkpoints on", run: () => stepControl.move(10) },
      { keys: ["Home"], words: "first checkpoint", run: () => stepControl.toEnd(-Infinity) },
      { keys: ["End"], words: "last checkpoint", run: () => stepControl.toEnd(Infinity) },
      { keys: [" "], words: "play or stop", run: () => stepControl.togglePlay() },
      { keys: ["s"], words: "sweep the steering, or stop", run: () => sweep.toggle("strength") },
      { keys: ["f"], words: "sweep the factor, or stop", run: () => sweep.toggle("factor") },
      { keys: ["/"], words: "to the question", run: () => form.text.focus() },
      { keys: ["d"], words: "light or dark", run: () => theme.toggle() },
    ],
    [["Ctrl Enter", "ask, in the question"]],
  );
  const toRun = element("a", {}, "this step on the run's page");
  const link = (): void => {
    const { step } = address.state;
    toRun.setAttribute(
      "href",
      `./${writeUrlState(runFields, { run, step: step ?? last ?? null }, { theme: theme.choice })}`,
    );
  };
  link();
  toRun.addEventListener("pointerdown", link);
  toRun.addEventListener("focus", link);

  root.replaceChildren(
    header({ title: run, onHelp: () => shortcuts.open() }).root,
    element(
      "main",
      { class: "playground" },
      element(
        "aside",
        { class: "model-state", "aria-label": "model state" },
        element("h2", {}, "Model"),
        modelChoice.root,
        element("h2", {}, "Checkpoint"),
        stepControl.root,
        element("p", {}, toRun),
        element("h2", {}, playground.kind === "adapter" ? "Adapter" : "Change of the weights"),
        scale.root,
        sweep.factorControl,
        element("h2", {}, "Steering"),
        steeringControl.root,
        sweep.control,
        sampling.root,
      ),
      element("div", { class: "asked" }, form.root, status, trouble, history.root, sweep.panel, columns.root),
    ),
    shortcuts.dialog,
  );
  // A quick model answers at once; a slow one only what an address asks for.
  if (model.isOrganism || state.question !== null) void ask();
  sweep.onReturn();
}

function missingModel(run: string, problem: ServedPlayground["problem"], theme: ThemeChoice): HTMLElement {
  const toRun = `./${writeUrlState(runFields, { run }, { theme: theme.choice })}`;
  const choice = new URLSearchParams(writeUrlState({}, {}, { theme: theme.choice }));
  choice.set(playgroundFields.run.key, "");
  return element(
    "main",
    { class: "notice" },
    element("p", {}, "This run cannot be asked here: its model is not at hand."),
    element("p", { role: "alert" }, element("b", {}, problem?.error ?? "")),
    typeof problem?.hint === "string" ? element("p", {}, problem.hint) : null,
    element(
      "p",
      {},
      element("a", { href: toRun }, "the run's page"),
      ", with the answers that were sampled of it, or ",
      element("a", { href: `./?${choice.toString()}` }, "another run"),
      ".",
    ),
  );
}
