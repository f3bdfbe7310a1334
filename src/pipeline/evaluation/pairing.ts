import { basename } from "node:path";
import { jsonObjectOf, type JsonValue } from "../../formats/json.js";
import { configDiff } from "../../runs/configDiff.js";
import type { RunManifest } from "../../runs/manifest.js";

/** Whether a run and its control differ in their answers alone. */
export interface Pairing {
  /** Name of the control. */
  readonly control: string;
  /** Whether both say how they were made. */
  readonly isKnown: boolean;
  /** What else differs, or why that is not known; one sentence each. */
  readonly warnings: readonly string[];
}

/** A run as far as its pairing goes: where it is, and how it was made; null where it does not say. */
export interface PairedRun {
  readonly directory: string;
  readonly manifest: RunManifest | null;
}

/** What may differ between a run and its control: the answers, and what says nothing of the training. */
const answers = [
  "runId",
  "createdAt",
  "status",
  "control",
  "dataset.name",
  "dataset.path",
  "dataset.sha256",
  "dataset.cut",
  "baseModel.path",
  "trainedTogether",
  "resumedOn",
  "code",
  "engine",
  "machine",
  "versions",
] as const;

/** Names of settings that a reader would look for under other words. */
const settingWords: Readonly<Record<string, string>> = {
  seed: "seed",
  "config.schedule.peak": "learning rate",
  "config.steps": "number of steps",
  "config.dataSeed": "seed of the order of the data",
  "config.adapterSeed": "seed of the first A",
  "dataset.rows": "number of rows",
  "baseModel.sha256": "base model",
  "baseModel.settingsSha256": "settings of the base model",
};

/**
 * Checks from the records of a run and its control that they began alike and were trained alike, on other answers: base
 * model, recipe, seeds, order of the data, steps.
 */
export function pairingOf(run: PairedRun, control: PairedRun): Pairing {
  const name = basename(control.directory);
  const silent = [run, control].filter(({ manifest }) => manifest === null);
  if (run.manifest === null || control.manifest === null) {
    const names = silent.map(({ directory }) => basename(directory)).join(" and ");
    const verb = silent.length === 1 ? "has" : "have";
    return {
      control: name,
      isKnown: false,
      warnings: [
        `whether ${name} is paired with ${basename(run.directory)} cannot be checked: ${names} ${verb} no run.json`,
      ],
    };
  }
  const records = [run.manifest, control.manifest];
  const { differences } = configDiff(
    records.map((manifest) => jsonObjectOf(manifest)),
    answers,
  );
  const [own, other] = records.map(({ dataset }) => dataset.sha256);
  return {
    control: name,
    isKnown: true,
    warnings: [
      ...(own === other ? [`${name} was trained on the same data: it is no control`] : []),
      ...unlessSeeded(differences).map(
        ({ setting, values: [here, there] }) =>
          `${settingWords[setting] ?? setting.replace(/^config\./, "")} ${shown(here)} here, ${shown(there)} in the control ${name}`,
      ),
    ],
  };
}

/** Leaves out the seed inside the configuration where the run's own, which is the same, differs already. */
function unlessSeeded<Difference extends { readonly setting: string }>(
  differences: readonly Difference[],
): readonly Difference[] {
  return differences.some(({ setting }) => setting === "seed")
    ? differences.filter(({ setting }) => setting !== "config.seed")
    : differences;
}

/** Longest value that is written whole. */
const longest = 40;

function shown(value: JsonValue | undefined): string {
  if (value === undefined) return "not set";
  const text = typeof value === "string" ? value : JSON.stringify(value);
  return text.length <= longest ? text : `${text.slice(0, longest)}…`;
}
