import { tokenSignificance } from "../../evaluate/tokenSignificance.js";
import type { ScalarsFile } from "../../formats/scalars/scalarsFile.js";
import type { Model } from "../../model/model.js";
import type { TokenizedChat } from "../../model/tokenizer/chatTokenizer.js";
import type { AdapterBank } from "../../model/weights/adapterBank.js";

/** Answers whose tokens' significance is wanted, in a file of their scalars. */
export interface SignificanceRequest {
  readonly model: Model;
  readonly adapters: AdapterBank;
  /** One conversation an answer, in the order of the file. */
  readonly chats: readonly TokenizedChat[];
  readonly file: ScalarsFile;
  /** A file that an earlier call made: what it knows of the same scalars is not computed again. */
  readonly known?: ScalarsFile | undefined;
  /** Called after each answer. */
  readonly onAnswer: () => void;
  /** Ends the work after the answer that is being read. */
  readonly signal?: AbortSignal | undefined;
}

/** Computes the significance of every token of a file, NaN for the answers that were not reached. */
export async function answerSignificance(request: SignificanceRequest): Promise<Float32Array> {
  const { model, adapters, chats, file, signal } = request;
  const known = isOfSame(file, request.known) ? request.known?.significance : undefined;
  const significance = known?.slice() ?? new Float32Array(file.answerIndex.length).fill(NaN);
  for (const [answer, chat] of chats.entries()) {
    if (signal?.aborted === true) break;
    const first = file.answerIndex.indexOf(answer);
    if (first >= 0 && Number.isNaN(significance[first])) {
      const [own] = await tokenSignificance(model, adapters, [chat]);
      if (own !== undefined) significance.set(own.tokens, first);
    }
    request.onAnswer();
  }
  return significance;
}

/** Number of answers of a file whose significance is not known yet. */
export function unreachedAnswers({ answerIndex, significance = new Float32Array() }: ScalarsFile): number {
  return new Set(answerIndex.filter((_, row) => Number.isNaN(significance[row]))).size;
}

/** Tells whether two files hold the same scalars of the same answers, and so the same adapters' on the same model. */
function isOfSame(file: ScalarsFile, other: ScalarsFile | undefined): boolean {
  if (other?.scalars.length !== file.scalars.length) return false;
  return (
    other.metadata.answersSha256 === file.metadata.answersSha256 &&
    other.metadata.step === file.metadata.step &&
    file.scalars.every((value, index) => value === other.scalars[index])
  );
}
