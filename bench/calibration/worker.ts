/** A process that makes trials of the transition detectors; see `transitionMessages.ts`. */
import { createInterface } from "node:readline";
import { messageOf } from "../../src/errors.js";
import { trialRequestSchema } from "./messages.js";
import { foundIn, indicators } from "./trials.js";

for await (const line of createInterface({ input: process.stdin })) {
  try {
    const request = trialRequestSchema.parse(JSON.parse(line));
    const { indicator, kind, row, from, to, resamples } = request;
    const known = indicators({ resamples }).find(({ name }) => name === indicator);
    const detect = kind === "null" ? Object.values(known?.nulls ?? {})[row] : known?.events[row]?.detect;
    if (detect === undefined) throw new Error(`no ${kind} ${row} of ${indicator}`);
    const found = foundIn(detect, from, to).map(({ step, interval }) => ({ step, interval }));
    console.log(JSON.stringify({ found }));
  } catch (cause) {
    console.log(JSON.stringify({ error: messageOf(cause) }));
  }
}
