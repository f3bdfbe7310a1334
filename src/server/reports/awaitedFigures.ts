import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { evaluationsFolder, stepOfFolder } from "../../runs/layout.js";
import type { CurrentReport } from "./runReports.js";
import type { FigureEntry } from "../schemas/figures.js";

/** A figure whose place is kept until there is enough to draw it. */
interface Expected extends Pick<FigureEntry, "id" | "title" | "onStepAxis" | "isSplit"> {
  /** What it is made of. */
  readonly from: "answers" | "log" | "checkpoints";
  /** What it waits for in a run that is being trained. */
  readonly needs: string;
}

const answers = { from: "answers", needs: "judged answers at three steps, from turncoat evaluate" } as const;
const log = { from: "log", needs: "the first logged step" } as const;
const checkpoints = { from: "checkpoints", needs: "more checkpoints" } as const;
const row = { onStepAxis: true, isSplit: false } as const;
const plane = { onStepAxis: false, isSplit: false } as const;

/** In the order of the page. Figures that only some runs have are not waited for. */
const expected: readonly Expected[] = [
  { id: "behavior", title: "Misaligned and coherent answers", ...row, ...answers },
  { id: "gradient-norm", title: "Gradient norm", ...row, ...log },
  { id: "loss", title: "Training loss", ...row, ...log },
  { id: "norms", title: "Norms of A and B", ...row, ...checkpoints },
  { id: "local-cosine", title: "Local cosine similarity of B", ...row, ...checkpoints },
  { id: "cosine-to-final", title: "Cosine to the final direction", ...row, ...checkpoints },
  { id: "pca-path", title: "Path of B in its principal components", ...plane, ...checkpoints },
  { id: "quadrants", title: "Alignment and coherence of every answer", ...plane, ...answers },
  { id: "cosine-heatmap", title: "Cosine of B, step by step", ...plane, ...checkpoints },
];

/** The page's order of all figures that there can be, for the places of those that are awaited. */
const order = [
  ...["behavior", "timeline", "change", "likelihood", "gradient-norm", "loss", "norms", "local-cosine"],
  ...["cosine-to-final", "comp", "probe-layers", "probe", "pca-path", "quadrants", "cosine-heatmap"],
];

/**
 * The figures there are, and in their places those that will come: of a run that is being analysed, what its files hold
 * enough for; of one that is being trained, what training and evaluation usually lead to.
 */
export function withAwaited(
  there: readonly FigureEntry[],
  { directory, status, isComplete, analysis }: CurrentReport,
): FigureEntry[] {
  const isRunning = status === "running";
  if (isComplete && !isRunning) return [...there];
  const isFull = analysis.adapters.length === 0 && (isComplete || holdsWeights(directory));
  const hasAnswers = isFolder(join(directory, evaluationsFolder));
  const missing = expected.filter(({ id, from }) => {
    if (there.some((each) => each.id === id)) return false;
    if (from === "checkpoints" && isFull) return false;
    if (isRunning || from !== "answers") return true;
    return hasAnswers;
  });
  const entries = [
    ...there,
    ...missing.map(({ id, title, onStepAxis, isSplit, from, needs }) => ({
      ...{ id, title, onStepAxis, isSplit },
      version: "",
      awaited: isComplete || (from === "answers" && !hasAnswers) ? `Waits for ${needs}.` : "Being analysed …",
    })),
  ];
  return entries.sort((one, other) => order.indexOf(one.id) - order.indexOf(other.id));
}

/** Whether the last checkpoint holds no adapter. */
function holdsWeights(directory: string): boolean {
  const last = readdirSync(directory)
    .flatMap((name) => (stepOfFolder(name) === undefined ? [] : [name]))
    .at(-1);
  return (
    last !== undefined && !readdirSync(join(directory, last)).some((name) => name.startsWith("adapter_model"))
  );
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}
