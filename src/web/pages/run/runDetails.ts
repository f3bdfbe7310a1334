import type { PlainRecord, PlainValue } from "../../../analysis/transitions/phaseTransition.js";
import { fetchConfig } from "../../api/runs.js";
import { element } from "../../parts/dom.js";

/** Details of how the run was made, fetched when they are opened. */
export function runDetails(run: string): HTMLDetailsElement {
  const details = element(
    "details",
    { class: "run-details" },
    element("summary", {}, "How this run was made"),
  );
  details.addEventListener("toggle", () => {
    if (details.open && details.childElementCount === 1) void fill(details, run);
  });
  return details;
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
