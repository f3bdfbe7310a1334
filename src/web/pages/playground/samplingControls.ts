import { element } from "../../parts/dom.js";
import type { UrlStateOf } from "../../state/urlState.js";
import { mostAnswers } from "./askedState.js";
import type { playgroundFields } from "../../state/playgroundFields.js";

type Sampling = Pick<UrlStateOf<typeof playgroundFields>, "temperature" | "answers" | "seed" | "longest">;

/** Controls of how answers are sampled. */
export function samplingControls(
  state: Sampling,
  usual: number,
  onChange: (changes: Partial<Sampling>) => void,
): { readonly root: HTMLElement; readonly set: (state: Sampling) => void } {
  const field = (
    name: keyof Sampling,
    words: string,
    [min, max, step]: readonly [number, number, number | "any"],
  ): HTMLInputElement => {
    const input = element("input", { type: "number", min, max, step, "aria-label": words });
    input.addEventListener("change", () => {
      const value = Math.min(max, Math.max(min, input.valueAsNumber));
      if (Number.isNaN(value)) return;
      input.value = String(value);
      onChange({ [name]: name === "longest" && value === usual ? null : value });
    });
    return input;
  };
  const inputs = {
    answers: field("answers", "answers", [1, mostAnswers, 1]),
    temperature: field("temperature", "temperature", [0, 10, "any"]),
    seed: field("seed", "seed", [0, 999_999, 1]),
    longest: field("longest", "longest answer in tokens", [1, 1000, 1]),
  };
  const set = ({ answers, temperature, seed, longest }: Sampling): void => {
    inputs.answers.value = String(answers);
    inputs.temperature.value = String(temperature);
    inputs.seed.value = String(seed);
    inputs.longest.value = String(longest ?? usual);
  };
  set(state);
  const labeled = (words: string, input: HTMLInputElement): HTMLElement =>
    element("label", { class: "field" }, element("span", {}, words), input);
  const root = element(
    "details",
    { class: "sampling" },
    element("summary", {}, "Sampling"),
    labeled("answers", inputs.answers),
    labeled("temperature", inputs.temperature),
    labeled("seed", inputs.seed),
    labeled("most tokens", inputs.longest),
    element("p", { class: "muted" }, "Both columns draw the same random numbers, at every checkpoint."),
  );
  root.open = true;
  return { root, set };
}
