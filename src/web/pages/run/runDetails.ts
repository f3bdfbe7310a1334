import type { PlainRecord, PlainValue } from "../../../analysis/transitions/phaseTransition.js";
import { fetchConfig } from "../../api/runs.js";
import { element } from "../../parts/dom.js";

/** Line that says how a run was made, and opens to all of its settings. */
export interface RunDetails {
  readonly root: HTMLElement;
  /** Takes the recipe in a few words; empty where it is not known yet. */
  readonly show: (recipe: string) => void;
}

/** Makes the line that says how a run was made; the settings are fetched when it is opened. */
export function runDetails(run: string): RunDetails {
  const words = element("span", { class: "muted" });
  const root = element(
    "details",
    { class: "run-details" },
    element("summary", {}, element("span", {}, "How this run was made", words)),
  );
  root.addEventListener("toggle", () => {
    if (root.open && root.childElementCount === 1) void fill(root, run);
  });
  return { root, show: (recipe) => (words.textContent = recipe === "" ? "" : `: ${recipe}`) };
}

async function fill(details: HTMLElement, run: string): Promise<void> {
  const body = element("dl");
  details.append(body);
  try {
    const { manifest } = await fetchConfig(run);
    if (manifest === null)
      body.replaceWith("Trained elsewhere: there is no run.json beside its checkpoints.");
    else body.append(...lines(manifest));
  } catch (error) {
    body.replaceWith(error instanceof Error ? error.message : String(error));
  }
}

/** Lines of the settings, one each; nested ones carry the path that leads to them. */
function lines(record: PlainRecord, prefix = ""): HTMLElement[] {
  return Object.entries(record).flatMap(([key, value]) => {
    if (isRecord(value)) return lines(value, `${prefix}${key}.`);
    return [element("dt", {}, `${prefix}${key}`), element("dd", {}, valueText(value))];
  });
}

function isRecord(value: PlainValue | undefined): value is PlainRecord {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function valueText(value: PlainValue | undefined): string {
  return typeof value === "string" ? value : JSON.stringify(value ?? null);
}
