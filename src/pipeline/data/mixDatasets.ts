import { existsSync } from "node:fs";
import { TurncoatError } from "../../errors.js";
import { encodeChats, type Chat } from "../../formats/chat.js";
import { sha256OfFile } from "../../formats/fileHash.js";
import { writeFileWhole } from "../../runs/atomicFiles.js";
import { countChats } from "../../train/data/inspect.js";
import { mixDose, mixSources } from "../../train/data/mix.js";
import { matchLengths, pairChats } from "../../train/data/pairs.js";
import { openDataset } from "./openDataset.js";

/** What every request for a mixture says. */
interface MixOutput {
  /** File to write. */
  readonly out: string;
  /** True to replace a file that is there. @default false */
  readonly overwrite?: boolean;
  /** Number of conversations. @default as many as there can be */
  readonly rows?: number;
  readonly seed?: number;
}

/** Request for a mixture of several data sets by weight. */
export interface WeightedMixRequest extends MixOutput {
  /** Paths or names of data sets with their weights; null for none. */
  readonly sources: readonly { readonly source: string; readonly weight: number | null }[];
}

/** Request for a mixture of harmful and careful answers to the same questions, by dose. */
export interface DoseMixRequest extends MixOutput {
  readonly harmful: string;
  readonly careful: string;
  /** Percentage of harmful conversations. */
  readonly dose: number;
  /** Most characters by which the two answers of a pair may differ. @default any number */
  readonly matchLength?: number;
  /** True to let a question stand on both sides. @default false */
  readonly sharesQuestions?: boolean;
}

/** Request to mix data sets: by a dose of one in another, or by weights. */
export type MixRequest = WeightedMixRequest | DoseMixRequest;

/** What was written. */
export interface WrittenMix {
  readonly path: string;
  readonly sha256: string;
  readonly rows: number;
  /** Number of rows that stand word for word in an earlier one. */
  readonly duplicates: number;
  /** Number of rows that each source gave, of how many it has. */
  readonly sources: readonly { readonly source: string; readonly rows: number; readonly of: number }[];
  /** How the sides were paired; null for a mixture by weight. */
  readonly pairing: {
    readonly pairs: number;
    readonly onlyHarmful: number;
    readonly onlyCareful: number;
    /** Number of pairs left after matching lengths; null where nothing was matched. */
    readonly matched: number | null;
  } | null;
}

/**
 * Writes a mixture of data sets as JSON lines, `{"messages": […]}`.
 * @throws TurncoatError where a file is there already, cannot be read, or has too few rows
 */
export function mixDatasets(request: MixRequest): WrittenMix {
  const { out, overwrite = false } = request;
  if (existsSync(out) && !overwrite) {
    throw new TurncoatError(`${out}: expected nothing of that name, found a file`, {
      hint: "Choose another name, or replace it with --overwrite.",
    });
  }
  const { chats, sources, pairing } = "sources" in request ? byWeight(request) : byDose(request);
  if (chats.length === 0) throw new TurncoatError(`${out}: expected conversations to write, found none left`);
  writeFileWhole(out, encodeChats(chats));
  return {
    path: out,
    sha256: sha256OfFile(out),
    rows: chats.length,
    duplicates: countChats(chats).duplicates,
    sources,
    pairing,
  };
}

type Mixed = Pick<WrittenMix, "sources" | "pairing"> & { readonly chats: readonly Chat[] };

function byWeight(request: WeightedMixRequest): Mixed {
  const opened = request.sources.map(({ source, weight }) => ({
    name: source,
    weight,
    chats: openDataset(source).chats,
  }));
  const { chats, counts } = mixSources(opened, drawOf(request));
  const sources = opened.map(({ name, chats: { length } }, index) => ({
    source: name,
    rows: counts[index] ?? 0,
    of: length,
  }));
  return { chats, sources, pairing: null };
}

function byDose(request: DoseMixRequest): Mixed {
  const { harmful, careful, dose, matchLength, sharesQuestions = false } = request;
  const [bad, good] = [openDataset(harmful).chats, openDataset(careful).chats];
  const { pairs, onlyHarmful, onlyCareful } = pairChats(bad, good);
  if (pairs.length === 0) {
    throw new TurncoatError(`${careful}: expected questions of ${harmful} with other answers, found none`);
  }
  const matched = matchLength === undefined ? pairs : matchLengths(pairs, matchLength);
  if (matched.length === 0) {
    throw new TurncoatError(
      `${careful}: expected answers that differ from those of ${harmful} by at most ${matchLength ?? 0} characters, found none in ${pairs.length} pairs`,
      { hint: "Allow more with --match-length." },
    );
  }
  const mixed = mixDose(matched, { dose, sharesQuestions, ...drawOf(request) });
  return {
    chats: mixed.chats,
    sources: [
      { source: harmful, rows: mixed.harmful, of: bad.length },
      { source: careful, rows: mixed.careful, of: good.length },
    ],
    pairing: {
      pairs: pairs.length,
      onlyHarmful,
      onlyCareful,
      matched: matchLength === undefined ? null : matched.length,
    },
  };
}

function drawOf({ rows, seed }: Pick<MixRequest, "rows" | "seed">): { rows?: number; seed?: number } {
  return { ...(rows === undefined ? {} : { rows }), ...(seed === undefined ? {} : { seed }) };
}
