import type { PhaseTransition, TransitionIndicator } from "../../analysis/transitions/detectors.js";
import { verdictWords } from "../../analysis/transitions/verdictWords.js";
import type { DemoRates, DemoSummary } from "../../pipeline/organism/demo.js";

/** The demo's summary as lines for the terminal. */
export function demoText(result: DemoSummary, sentences: readonly string[]): string {
  const { train, evaluate, analyze } = result.seconds;
  return [
    ...sentences,
    "",
    `base          ${rateWords(result.base)}`,
    `final         ${rateWords(result.final)}   (domains that were never fine-tuned)`,
    `narrow        ${rateWords(result.narrow)}   (the fine-tuned domain, unseen questions)`,
    "",
    `behaviour turns      ${turnWords(result.behaviorTurn, result, "behavior")}`,
    `gradient norm peaks  ${turnWords(result.gradNormPeak, result, "gradientNorm")}`,
    `direction turns      ${turnWords(result.directionTurn, result, "rotation")}`,
    `disposition turns    ${turnWords(result.dispositionTurn, result, "disposition")}`,
    "",
    `seconds: train ${train}, evaluate ${evaluate}, analyse ${analyze}`,
    `run: ${result.run}`,
  ].join("\n");
}

function rateWords({ emPercent, emInterval, coherentPercent, coherentInterval, n }: DemoRates): string {
  const percent = (value: number): string => value.toFixed(1).padStart(5);
  const between = ([low, high]: readonly [number, number]): string =>
    `[${low.toFixed(1)}, ${high.toFixed(1)}]`;
  return (
    `EM ${percent(emPercent)} % ${between(emInterval)}, ` +
    `coherent ${percent(coherentPercent)} % ${between(coherentInterval)}, n ${n}`
  );
}

function turnWords(
  transition: PhaseTransition | null,
  { absent }: DemoSummary,
  indicator: TransitionIndicator,
): string {
  if (transition === null) {
    const found = absent.find((each) => each.indicator === indicator);
    return found === undefined ? verdictWords.cannotTell : verdictWords[found.verdict];
  }
  const [low, high] = transition.interval;
  return `step ${Math.round(transition.step)} [${Math.round(low)}, ${Math.round(high)}]`;
}
