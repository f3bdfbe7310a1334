import { readdirSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { eventWords } from "../../analysis/transitions/events.js";
import { listedRun, type ListedRun } from "../../pipeline/catalog/listedRun.js";
import {
  checkpointFolder,
  evaluationFiles,
  evaluationOfFile,
  evaluationsFolder,
  trainerStateFile,
  transitionLogFile,
} from "../../runs/layout.js";
import { firedTransitionSchema } from "../../runs/transitionLog.js";
import type { LiveEvent, ServedFired, ServedLiveState } from "../schemas/live.js";
import { LineTail } from "./lineTail.js";
import { loggedStep } from "./loggedStep.js";

/** Part of a line of answers that is told. */
const answerSchema = z.object({ step: z.number() });

interface Known {
  readonly run: ListedRun;
  readonly logged: number | null;
}

/** Follows the files of one run as they are written: what is new since the last look, as events. */
export class RunTail {
  readonly #directory: string;
  readonly #answers = new Map<string, LineTail>();
  readonly #transitionLines: LineTail;
  #transitions: ServedFired[] = [];
  #known: Known | null = null;

  constructor(directory: string) {
    this.#directory = directory;
    this.#transitionLines = new LineTail(join(directory, transitionLogFile), "start");
  }

  /** State of the run as of the last look. */
  state(): ServedLiveState {
    const { run, logged } = this.#known ?? this.#now();
    return {
      status: run.status,
      why: run.trouble?.why ?? null,
      step: lastStep({ run, logged }),
      planned: run.planned,
      checkpoints: run.steps?.checkpoints ?? 0,
      written: run.written,
      transitions: this.#transitions,
    };
  }

  /** Looks for what is new, as events; the first look finds nothing, since all is new to whoever asks. */
  look(): LiveEvent[] {
    const before = this.#known;
    const now = this.#now();
    this.#known = now;
    const isFirst = before === null;
    const transitions = this.#newTransitions();
    const answers = this.#newAnswers(isFirst);
    if (isFirst) return [];
    const replaced = [...wentBack(before, now), ...transitions.replaced, ...answers.replaced];
    if (replaced.length > 0) {
      const what = `${[...new Set(replaced)].join(", ")}: replaced or truncated, read again from the start`;
      return [{ event: "resync", data: { reason: "replaced", what, state: this.state() } }];
    }
    const events: LiveEvent[] = [];
    const step = lastStep(now);
    if (step !== null && (step !== lastStep(before) || isOtherwiseNew(before, now))) {
      const { planned } = now.run;
      const checkpoint = now.run.steps?.last ?? null;
      events.push({ event: "step", data: { step, planned, checkpoint, logged: now.logged } });
    }
    events.push(...answers.events, ...transitions.events);
    if (now.run.status !== before.run.status || now.run.trouble?.why !== before.run.trouble?.why) {
      const { status, trouble } = now.run;
      events.push({ event: "status", data: { status, why: trouble?.why ?? null } });
    }
    return events;
  }

  #now(): Known {
    return {
      run: listedRun("", this.#directory, Date.now()),
      logged: loggedStep(this.#directory),
    };
  }

  #newTransitions(): Found {
    const { lines, isReplaced } = this.#transitionLines.look();
    if (isReplaced) this.#transitions = [];
    const fired = lines
      .flatMap((line) => parsed(line, firedTransitionSchema))
      .map((each): ServedFired => ({ ...each, words: eventWords(each.indicator, each.adapter) }));
    this.#transitions = [...this.#transitions, ...fired];
    return {
      events: fired.map((data) => ({ event: "transition", data })),
      replaced: isReplaced ? [transitionLogFile] : [],
    };
  }

  #newAnswers(isFirst: boolean): Found {
    const folder = join(this.#directory, evaluationsFolder);
    const events: LiveEvent[] = [];
    const replaced: string[] = [];
    const names = new Set([...this.#answers.keys(), ...evaluationsIn(folder)]);
    for (const evaluation of names) {
      const tail =
        this.#answers.get(evaluation) ??
        new LineTail(join(this.#directory, evaluationFiles(evaluation).answers), isFirst ? "end" : "start");
      this.#answers.set(evaluation, tail);
      for (let hasMore = true; hasMore;) {
        const found = tail.look();
        hasMore = found.hasMore;
        if (found.isReplaced) replaced.push(evaluationFiles(evaluation).answers);
        const { length } = found.lines;
        if (length === 0 || isFirst) continue;
        const step = parsed(found.lines.at(-1) ?? "", answerSchema)[0]?.step ?? null;
        events.push({ event: "behavior", data: { evaluation, answers: length, step } });
      }
    }
    return { events, replaced };
  }
}

interface Found {
  readonly events: readonly LiveEvent[];
  readonly replaced: readonly string[];
}

function lastStep({ run, logged }: Known): number | null {
  const steps = [run.steps?.last ?? null, logged].filter((step) => step !== null);
  return steps.length === 0 ? null : Math.max(...steps);
}

/**
 * Tells whether a step is new in one way only: a checkpoint of a step that was logged before, or the other way round.
 */
function isOtherwiseNew(before: Known, now: Known): boolean {
  return now.run.steps?.checkpoints !== before.run.steps?.checkpoints || now.logged !== before.logged;
}

/** Signs that the run was begun anew, or continued from an earlier step. */
function wentBack(before: Known, now: Known): string[] {
  const back: string[] = [];
  const [last, was] = [now.run.steps?.last ?? -1, before.run.steps?.last ?? -1];
  if (last < was) back.push(checkpointFolder(was));
  // One that cannot be read is not shorter.
  if (now.logged !== null && before.logged !== null && now.logged < before.logged)
    back.push(trainerStateFile);
  return back;
}

function evaluationsIn(folder: string): string[] {
  try {
    return readdirSync(folder).flatMap((name) => evaluationOfFile(name) ?? []);
  } catch {
    // There is none yet.
    return [];
  }
}

/** Parses a line as a record; a line that is none is left to whoever reads the file as a whole. */
function parsed<T>(line: string, schema: z.ZodType<T>): [T] | [] {
  try {
    const { success, data } = schema.safeParse(JSON.parse(line));
    return success ? [data] : [];
  } catch {
    return [];
  }
}
