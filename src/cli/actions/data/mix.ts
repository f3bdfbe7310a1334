import { existsSync } from "node:fs";
import { TurncoatError } from "../../../errors.js";
import { mixDatasets, type MixRequest, type WrittenMix } from "../../../pipeline/data/mixDatasets.js";
import { print } from "../../output/terminal.js";
import { alignedTable } from "../../output/tables/textTable.js";

interface MixFlags {
  readonly out: string;
  readonly harmful?: string;
  readonly careful?: string;
  readonly dose?: number;
  readonly matchLength?: number;
  readonly shareQuestions?: boolean;
  readonly rows?: number;
  readonly seed: number;
  readonly overwrite?: boolean;
  readonly json?: boolean;
}

/** Runs `turncoat data mix`. */
export function mixAction(files: string[], flags: MixFlags): void {
  const written = mixDatasets(requestOf(files, flags));
  print(flags.json === true ? JSON.stringify(written) : mixText(written));
}

function requestOf(files: readonly string[], flags: MixFlags): MixRequest {
  const { out, harmful, careful, dose, matchLength, shareQuestions, rows, seed, overwrite } = flags;
  const shared = {
    out,
    seed,
    ...(rows === undefined ? {} : { rows }),
    ...(overwrite === undefined ? {} : { overwrite }),
  };
  const sides = { harmful, careful, dose, matchLength, shareQuestions };
  const isBySides = Object.values(sides).some((each) => each !== undefined);
  if (!isBySides) {
    if (files.length === 0) {
      throw new TurncoatError(
        "data mix: expected files to mix, or --harmful, --careful and --dose, found none",
      );
    }
    return { ...shared, sources: files.map(weighted) };
  }
  if (files.length > 0) {
    throw new TurncoatError(
      "data mix: expected either files with weights or two sides with a dose, found both",
      {
        hint: "Write the mixture by dose first, then mix its file with others.",
      },
    );
  }
  if (harmful === undefined || careful === undefined || dose === undefined) {
    throw new TurncoatError(
      "data mix: expected --harmful, --careful and --dose together, found one without another",
    );
  }
  return {
    ...shared,
    harmful,
    careful,
    dose,
    ...(matchLength === undefined ? {} : { matchLength }),
    ...(shareQuestions === undefined ? {} : { sharesQuestions: shareQuestions }),
  };
}

/** Splits `file:weight`; a file whose name ends so is taken as it is. */
function weighted(word: string): { source: string; weight: number | null } {
  const [, source, weight] = /^(.+):([^:/\\]*)$/s.exec(word) ?? [];
  if (source === undefined || existsSync(word)) return { source: word, weight: null };
  const value = Number(weight);
  if (weight === "" || !(value > 0) || !Number.isFinite(value)) {
    throw new TurncoatError(`${word}: expected a weight above 0 behind the colon, found "${weight ?? ""}"`);
  }
  return { source, weight: value };
}

function mixText({ path, sha256, rows, duplicates, sources, pairing }: WrittenMix): string {
  return [
    ...(pairing === null
      ? []
      : [
          `${pairing.pairs} pairs of the same question; ${pairing.onlyHarmful} harmful and ${pairing.onlyCareful} careful conversations without a partner` +
            (pairing.matched === null ? "" : `; ${pairing.matched} pairs of matched length`),
        ]),
    alignedTable([
      ["source", "written", "of"],
      ...sources.map(({ source, rows: taken, of }) => [source, String(taken), String(of)]),
    ]),
    `${path}: ${rows} conversations${duplicates === 0 ? "" : `, ${duplicates} word for word as another`}`,
    `SHA-256 ${sha256}`,
  ].join("\n");
}
