/** Key under which the browser keeps the pinned runs. */
const key = "turncoat pinned runs";

/** The runs that this reader has pinned, in this browser, on this server. */
export function pinnedRuns(): ReadonlySet<string> {
  const kept: unknown = parsed(localStorage.getItem(key) ?? "[]");
  return new Set(Array.isArray(kept) ? kept.filter((each) => typeof each === "string") : []);
}

/** Pins a run, or no longer. */
export function togglePin(run: string): void {
  const pins = new Set(pinnedRuns());
  if (!pins.delete(run)) pins.add(run);
  localStorage.setItem(key, JSON.stringify([...pins]));
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return [];
  }
}
