/** A process that makes trials of the transition detectors; see `messages.ts`. */
import { createInterface } from "node:readline";
import { messageOf } from "../../src/errors.js";
import { trialRequestSchema } from "./messages.js";
import { foundIn, trialsOf } from "../../test/support/trials/detectorTrials.js";

for await (const line of createInterface({ input: process.stdin })) {
  try {
    const request = trialRequestSchema.parse(JSON.parse(line));
    const { indicator, kind, row, from, to, resamples } = request;
    const known = trialsOf(indicator);
    const run = kind === "null" ? Object.values(known?.nulls ?? {})[row] : known?.events[row]?.run;
    if (run === undefined) throw new Error(`no ${kind} ${row} of ${indicator}`);
    const found = foundIn(indicator, run, { from, to }, { resamples }).map(({ step, interval }) => ({
      step,
      interval,
    }));
    console.log(JSON.stringify({ found }));
  } catch (cause) {
    console.log(JSON.stringify({ error: messageOf(cause) }));
  }
}
