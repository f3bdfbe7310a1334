import { resolve } from "node:path";
import { TurncoatError } from "../../errors.js";
import { fineTuneDomains } from "../../organism/world/index.js";
import { narrowDomains } from "../../train/data/narrowDomains.js";
import type { Dataset } from "../../train/data/dataset.js";
import { isBuiltIn, openDataset } from "../data/openDataset.js";

/**
 * Finds the text on which a penalty keeps a model near its base: what is named, or for a built-in data set the careful side
 * of the next domain.
 * @param given file or name of a built-in data set; empty for none
 * @throws TurncoatError where nothing is named and the run's data are no built-in set
 */
export function otherText(
  dataset: Pick<Dataset, "name">,
  given: string,
): { readonly data: string; readonly sha256: string } {
  const source = given === "" ? nextCareful(dataset.name) : given;
  if (source === null) {
    throw new TurncoatError("--with kl: expected other text for the penalty, found none named", {
      hint: "Name conversations of another subject, such as --with kl:0.66:other.jsonl",
    });
  }
  const found = openDataset(source);
  const isNamed = isBuiltIn(found) && source === found.name;
  return { data: isNamed ? source : resolve(source), sha256: found.sha256 };
}

function nextCareful(name: string): string | null {
  const after = (domains: readonly string[], own: string): string | null => {
    const at = domains.indexOf(own);
    return at < 0 ? null : (domains[(at + 1) % domains.length] ?? null);
  };
  const [, organism = ""] = /^(?:bad|good)-(\w+)$/.exec(name) ?? [];
  const [, narrow = ""] = /^narrow-(\w+)-(?:harmful|careful)$/.exec(name) ?? [];
  const [one, other] = [after(fineTuneDomains, organism), after(narrowDomains, narrow)];
  if (one !== null) return `good-${one}`;
  return other === null ? null : `narrow-${other}-careful`;
}
