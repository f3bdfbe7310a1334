import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { TurncoatError, withHint } from "../../errors.js";
import { encodeScalars, readScalars, type ScalarsFile } from "../../formats/scalars/scalarsFile.js";
import { captureActivations, responseRequest } from "../../model/hooks/captureActivations.js";
import { checkpointKind } from "../../formats/checkpointKind.js";
import { openCheckpoint } from "../../model/checkpointModel.js";
import type { Model } from "../../model/model.js";
import type { TokenizedChat } from "../../model/tokenizer/chatTokenizer.js";
import type { AdapterBank } from "../../model/weights/adapterBank.js";
import { writeFileWhole } from "../../runs/atomicFiles.js";
import { analysisFolder } from "../../runs/layout.js";
import { type Checkpoint, directoryOf, type Run, runOf, type RunSource } from "../../runs/openRun.js";
import { writing } from "../../tensor/systemFaults.js";
import { answerSignificance } from "./answerSignificance.js";
import { probeAnswers } from "./probeAnswers.js";

/** Request for the scalars of a run's adapters. */
export interface ScalarsRequest {
  readonly run: RunSource;
  readonly model: Model;
  /** @default the last checkpoint */
  readonly step?: number;
  /** Most answers of each kind. @default 120 */
  readonly answersPerClass?: number;
  /** Seed of the choice of answers. @default 0 */
  readonly seed?: number;
  /**
   * True to compute the significance of each token too, which takes several times as long. What `known` holds of the same
   * scalars is not computed again.
   * @default false
   */
  readonly withSignificance?: boolean;
  /** Scalars of an earlier call, from `readRunScalars`. @default none */
  readonly known?: Pick<RunScalars, "aligned" | "misaligned"> | undefined;
  readonly onProgress?: (progress: { readonly done: number; readonly total: number }) => void;
  /** Ends the work after what is being run; significances that were not reached are NaN. */
  readonly signal?: AbortSignal;
}

/** Scalars of the adapters of one checkpoint at the tokens of aligned and of misaligned answers. */
export interface RunScalars {
  readonly step: number;
  readonly aligned: ScalarsFile;
  readonly misaligned: ScalarsFile;
}

/**
 * Computes the scalars A·h of every adapter of a checkpoint, unscaled, at every response token of judged answers of the run
 * (`docs/methods.md §5.5`): as many aligned as misaligned ones, those that `probeRun` takes.
 *
 * @throws TurncoatError where there is no such checkpoint, where it holds no adapters, or where the run holds too few
 * answers of a kind
 */
export async function runScalars(request: ScalarsRequest): Promise<RunScalars> {
  const { model, seed = 0, answersPerClass = 120 } = request;
  const run = runOf(request.run);
  const { directory } = run;
  const { step, path } = checkpointAt(run, request.step);
  checkHasScalars(path);
  const { chosen, perClass, hash } = probeAnswers(directory, answersPerClass, seed);
  const chats = chosen.map(({ question, answer }) =>
    model.tokenizer.encodeChat([
      { role: "user", content: question },
      { role: "assistant", content: answer },
    ]),
  );
  const metadata = { run: run.runId, step: String(step), answersSha256: hash, seed: String(seed) };
  const opened = openCheckpoint(model, path);
  try {
    const { adapters } = opened;
    if (adapters === undefined) throw withoutScalars(path, "weights, which have no scalars");
    const [misaligned, aligned] = await scalarsOf(request, adapters, [
      { chats: chats.slice(0, perClass), metadata: { ...metadata, what: whatOf("misaligned", perClass) } },
      { chats: chats.slice(perClass), metadata: { ...metadata, what: whatOf("aligned", perClass) } },
    ]);
    return { step, misaligned, aligned };
  } finally {
    await opened.dispose();
  }
}

/**
 * Refuses a checkpoint of trained vectors.
 * @throws TurncoatError naming it
 */
export function checkHasScalars(path: string): void {
  if (checkpointKind(path) !== "vectors") return;
  throw withoutScalars(path, "a vector of the residual stream, which reads nothing and has no scalars");
}

function withoutScalars(path: string, found: string): TurncoatError {
  return new TurncoatError(`${path}: expected adapters, found ${found}`);
}

function checkpointAt({ directory, checkpoints }: Run, step = checkpoints.at(-1)?.step): Checkpoint {
  const checkpoint = checkpoints.find((each) => each.step === step);
  if (checkpoint !== undefined) return checkpoint;
  throw new TurncoatError(`${directory}: expected a checkpoint of step ${step ?? "any"}, found none`);
}

function whatOf(kind: string, answers: number): string {
  return `scalar A·h, unscaled, at each response token of ${answers} ${kind} answers`;
}

/** Answers of one kind, and what their file says of them. */
interface AnswersOfKind {
  readonly chats: readonly TokenizedChat[];
  readonly metadata: Readonly<Record<string, string>>;
}

/** Reads the scalars of misaligned and of aligned answers together, and then the significances that are wanted. */
async function scalarsOf(
  { run, model, signal, onProgress, withSignificance = false, known }: ScalarsRequest,
  adapters: AdapterBank,
  [misaligned, aligned]: readonly [AnswersOfKind, AnswersOfKind],
): Promise<[ScalarsFile, ScalarsFile]> {
  const requests = [...misaligned.chats, ...aligned.chats].map(responseRequest);
  const total = requests.length * (withSignificance ? 2 : 1);
  let done = 0;
  const onDone = (count: number): void => {
    done += count;
    onProgress?.({ done, total });
  };
  const { modules, sequences } = await captureActivations(model, requests, {
    adapters,
    onBatch: (count) => {
      if (signal?.aborted === true)
        throw new TurncoatError(`${directoryOf(run)}: interrupted; nothing was written`);
      onDone(count);
    },
  });
  const features = modules.flatMap(({ modulePath, rank }) =>
    rank === 1 ? [modulePath] : Array.from({ length: rank }, (_, index) => `${modulePath}[${index}]`),
  );
  const fileOf = async (
    { chats, metadata }: AnswersOfKind,
    first: number,
    earlier: ScalarsFile | undefined,
  ): Promise<ScalarsFile> => {
    const own = requests.slice(first, first + chats.length);
    const file: ScalarsFile = {
      scalars: Float32Array.from(
        sequences.slice(first, first + chats.length).flatMap(({ scalars }) => [...scalars]),
      ),
      answerIndex: Int32Array.from(own.flatMap(({ positions }, answer) => positions.map(() => answer))),
      tokenIds: Int32Array.from(
        own.flatMap(({ ids, positions }) => positions.map((position) => ids[position] ?? -1)),
      ),
      features,
      metadata,
    };
    if (!withSignificance) return file;
    const wanted = { model, adapters, chats, file, known: earlier, onAnswer: () => onDone(1), signal };
    return { ...file, significance: await answerSignificance(wanted) };
  };
  return [
    await fileOf(misaligned, 0, known?.misaligned),
    await fileOf(aligned, misaligned.chats.length, known?.aligned),
  ];
}

/** Folder of a run's scalars, unless another is asked for. */
function scalarsFolder(directory: string): string {
  return join(directory, analysisFolder, "scalars");
}

function filesIn(folder: string): { readonly aligned: string; readonly misaligned: string } {
  return {
    aligned: join(folder, "aligned.safetensors"),
    misaligned: join(folder, "misaligned.safetensors"),
  };
}

/**
 * Writes scalars as `aligned.safetensors` and `misaligned.safetensors`.
 *
 * @param folder @default `<run>/analysis/scalars`
 * @returns the paths of the two files
 */
export function writeRunScalars(
  run: RunSource,
  { aligned, misaligned }: RunScalars,
  folder: string = scalarsFolder(directoryOf(run)),
): { readonly aligned: string; readonly misaligned: string } {
  const directory = directoryOf(run);
  const around = join(directory, analysisFolder);
  if (folder === scalarsFolder(directory) && !existsSync(around)) writing(around, () => mkdirSync(around));
  const paths = filesIn(folder);
  writeFileWhole(paths.aligned, encodeScalars(aligned));
  writeFileWhole(paths.misaligned, encodeScalars(misaligned));
  return paths;
}

/**
 * Reads scalars that `writeRunScalars` wrote; undefined where it wrote none, or was killed between its two files, so that
 * they are of different checkpoints or answers.
 *
 * @throws TurncoatError where a file is damaged
 */
export function readRunScalars(
  run: RunSource,
  folder: string = scalarsFolder(directoryOf(run)),
): Pick<RunScalars, "aligned" | "misaligned"> | undefined {
  const { aligned, misaligned } = filesIn(folder);
  if (!existsSync(aligned) || !existsSync(misaligned)) return undefined;
  return withHint("Delete it; turncoat scalars computes both files anew.", () => {
    const found = { aligned: readScalars(aligned), misaligned: readScalars(misaligned) };
    return areOfOneCall(found) ? found : undefined;
  });
}

function areOfOneCall({ aligned, misaligned }: Pick<RunScalars, "aligned" | "misaligned">): boolean {
  return ["run", "step", "answersSha256", "seed"].every(
    (field) => aligned.metadata[field] === misaligned.metadata[field],
  );
}
