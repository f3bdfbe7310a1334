import type { ServedStudy } from "../../../server/schemas/study.js";
import { PacedAsking } from "../../api/pacedAsking.js";
import { fetchStudy } from "../../api/study.js";

/** Milliseconds between two looks: while something happens, while nothing does, and at most. */
const [soon, seldom, longest] = [1500, 5000, 20_000];
/** Rest after an answer, in multiples of its duration: a slow server is left alone for longer. */
const restShare = 4;

/**
 * Follows a study: asks for it again and again, as long as the page is there.
 * @param shown what the page shows already
 */
export function followStudy(
  shown: ServedStudy,
  onStudy: (study: ServedStudy) => void,
  onConnection: (isLost: boolean) => void,
): void {
  let pause = pauseOf(shown);
  const ask = async (): Promise<void> => {
    const study = await fetchStudy();
    onConnection(false);
    pause = pauseOf(study);
    onStudy(study);
  };
  const restAfter = (took: number): number => Math.min(longest, Math.max(pause, restShare * took));
  new PacedAsking(ask, { restAfter, onLost: () => onConnection(true) }).start(
    pause === soon ? soon / 3 : seldom,
  );
}

function pauseOf({ counts: { atWork, pending } }: ServedStudy): number {
  return atWork > 0 || pending > 0 ? soon : seldom;
}
