import type { NumberedPair, RunNumbers } from "./studyNumbers.js";

/** What stands of a study, in the words of its page. */
export interface StudyHeadline {
  /** One or two sentences: how far it is, and what turned. */
  readonly headline: string;
  /** The numbers behind it, in a line. */
  readonly evidence: string;
}

/** States of runs as far as the headline counts them. */
export interface StudyCounts {
  readonly runs: number;
  readonly done: number;
  /** Being trained or measured now. */
  readonly atWork: number;
  readonly failed: number;
  /** Trained, and not analysed yet. */
  readonly unread: number;
}

/** Says how far a study is and what has turned in it. It counts what was analysed and says no more. */
export function studyHeadline(pairs: readonly NumberedPair[], counts: StudyCounts): StudyHeadline {
  const { runs, done, atWork, failed, unread } = counts;
  const now = [
    ...(atWork === 0 ? [] : [`${atWork} at work`]),
    ...(failed === 0 ? [] : [`${failed} failed`]),
  ].join(", ");
  const standing = `${done === runs ? (runs === 1 ? "The run is finished" : `All ${runs} runs are finished`) : `${done} of ${runs} runs are finished`}${now === "" ? "" : ` (${now})`}.`;
  const harmful = known(pairs.map((pair) => pair.harmful));
  const controls = known(pairs.map((pair) => pair.control));
  const found = turnSentence(harmful);
  const waiting = unread === 0 ? [] : [`${unread} trained, not analysed yet`];
  return {
    headline: [standing, found].filter((each) => each !== "").join(" "),
    evidence: [
      behaviorWords("Broad behaviour turns", harmful),
      turnWords("Of the controls", controls),
      ...waiting,
    ]
      .filter((each) => each !== "")
      .join(" · "),
  };
}

function turnSentence(harmful: readonly RunNumbers[]): string {
  const judged = harmful.flatMap(({ direction }) => (direction === null ? [] : [direction]));
  if (judged.length === 0) return "";
  const turned = judged.filter(({ verdict }) => verdict === "turns").length;
  const untold = judged.filter(({ verdict }) => verdict === "cannotTell").length;
  const verdicts = harmful.flatMap(({ againstControl }) => againstControl?.verdict ?? []);
  const unclear = verdicts.filter((each) => each === "cannotTell").length;
  const split = [
    ...counted([
      [verdicts.filter((each) => each === "specific").length, "specific"],
      [verdicts.filter((each) => each === "shared").length, "shared with the control"],
      [turned - verdicts.length, "not held against a control"],
    ]),
    ...(unclear === 0 ? [] : [`of ${unclear} it cannot be told whether that is specific`]),
  ].join(", ");
  const rest = untold === 0 ? "" : `; of ${untold} it cannot be told whether it turns`;
  return `The direction turns in ${turned} of ${judged.length} harmful runs${split === "" ? "" : ` (${split})`}${rest}.`;
}

function behaviorWords(start: string, numbers: readonly RunNumbers[]): string {
  const judged = numbers.flatMap(({ behavior }) => (behavior === null ? [] : [behavior]));
  if (judged.length === 0) return "";
  const turned = judged.filter(({ verdict }) => verdict === "turns").length;
  const untold = judged.filter(({ verdict }) => verdict === "cannotTell").length;
  return `${start} in ${turned} of ${judged.length} harmful runs${untold === 0 ? "" : `; of ${untold} it cannot be told`}`;
}

function turnWords(start: string, numbers: readonly RunNumbers[]): string {
  const judged = numbers.flatMap(({ direction }) => (direction === null ? [] : [direction]));
  if (judged.length === 0) return "";
  const turned = judged.filter(({ verdict }) => verdict === "turns").length;
  return `${start} the direction turns in ${turned} of ${judged.length}`;
}

function counted(counts: readonly (readonly [count: number, words: string])[]): string[] {
  return counts.flatMap(([count, words]) => (count > 0 ? [`${count} ${words}`] : []));
}

function known(numbers: readonly (RunNumbers | null)[]): RunNumbers[] {
  return numbers.flatMap((each) => (each === null ? [] : [each]));
}
