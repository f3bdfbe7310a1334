/**
 * Kills, mutates and attacks for as long as it is let, and prints what came of it as tables.
 *
 *     npm run campaign -- --minutes 45
 *     npm run campaign -- --minutes 5 --parts hostile
 *     npm run campaign -- --minutes 5 --parts hostile --runs "prompts,directions,projections"
 *     npm run campaign -- --parts mutations --inputs 100000 --seed 7
 *     npm run campaign -- --parts kills --kills 60 --commands "train --keep-state"
 *
 * Parts: `hostile` (runs that are to hurt a live server), `mutations` (mutated files for every parser), `kills`
 * (SIGKILL at random instants). It ends with status 1 where anything was lost, hung, took too much memory, or failed
 * in another way than with one line.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { Random } from "../../src/tensor/random.js";
import { hostileCampaign } from "./hostile.js";
import { killCampaign } from "./kills.js";
import { killedNotes } from "./killedNotes.js";
import { mutationCampaign } from "./mutations.js";
import { makeSeedRun } from "./seedRun.js";
import { parsers } from "./parsers.js";
import { hostileTable, killTable, mutationTable } from "./tables.js";

const { values: flags } = parseArgs({
  options: {
    minutes: { type: "string", default: "45" },
    parts: { type: "string", default: "hostile,mutations,kills" },
    seed: { type: "string", default: "1" },
    inputs: { type: "string", default: "1000000" },
    kills: { type: "string", default: "200" },
    /** Words of which the name of a hostile run holds one, divided by commas; all runs where there are none. */
    runs: { type: "string", default: "" },
    /** Commands to kill, divided by commas; all, and the server that notes are written to, where there are none. */
    commands: { type: "string", default: "" },
    /** Parsers to try, divided by commas. */
    parsers: { type: "string", default: Object.keys(parsers).join(",") },
  },
});
const parts = flags.parts.split(",");
const [minutes, seed] = [Number(flags.minutes), Number(flags.seed)];
const until = performance.now() + minutes * 60_000;
const work = mkdtempSync(join(tmpdir(), "turncoat-campaign-"));
const failures: string[] = [];

process.stderr.write(`working in ${work}\n`);
const run = await makeSeedRun(work);
console.log(`Seed ${seed}; Node ${process.version}; ${new Date().toISOString().slice(0, 10)}.\n`);
if (parts.includes("hostile")) {
  const result = await hostileCampaign(run, work, {
    until,
    words: flags.runs.split(",").filter((word) => word !== ""),
  });
  console.log(`${hostileTable(result)}\n`);
  failures.push(...result.failures);
}
if (parts.includes("mutations")) {
  const inputs = Number(flags.inputs);
  const rows = await mutationCampaign(run, join(work, "mutations"), {
    ...{ inputs, seed, until },
    names: flags.parsers.split(","),
  });
  console.log(`${mutationTable(rows)}\n`);
  failures.push(...rows.flatMap((row) => row.failures.map((each) => `${row.parser}: ${each}`)));
}
if (parts.includes("kills")) {
  const kills = Number(flags.kills);
  const random = new Random(seed);
  const commands = flags.commands.split(",").filter((name) => name !== "");
  const folder = join(work, "kills");
  const notes =
    commands.length > 0
      ? []
      : [await killedNotes(run, folder, { trials: Math.ceil(kills / 10), random, until })];
  const left = kills - notes.reduce((sum, row) => sum + row.kills, 0);
  const rows = [...(await killCampaign(run, folder, { kills: left, random, until, commands })), ...notes];
  console.log(`${killTable(rows)}\n`);
  failures.push(...rows.flatMap((row) => row.failures.map((each) => `${row.command}: ${each}`)));
}
for (const failure of failures) console.log(`FAILED ${failure}`);
console.log(
  failures.length === 0 ? "Nothing failed." : `${failures.length} failures; their files lie in ${work}.`,
);
if (failures.length === 0) rmSync(work, { recursive: true, force: true });
process.exitCode = failures.length === 0 ? 0 : 1;
