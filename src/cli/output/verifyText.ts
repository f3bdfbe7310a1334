import type { Verification } from "../../pipeline/training/retrainRun.js";
import { oneLine } from "./terminal.js";

/** What came of verifying a run, in a few lines. */
export function verificationText(result: Verification): string {
  const { run, status, steps, differences, origin, notes, sha256 } = result;
  const [first] = differences;
  const upTo = steps.compared === steps.last ? "" : ` of ${steps.last}`;
  const parts = [
    `${result.checkpoints} checkpoints`,
    ...(result.directions === 0 ? [] : [`${result.directions} files of random projections`]),
    ...(result.states === 0 ? [] : [`${result.states} states`]),
  ];
  const counts =
    `${parts.length > 2 ? `${parts.slice(0, -1).join(", ")} and ${parts.at(-1) ?? ""}` : parts.join(" and ")} ` +
    `with ${result.tensors} tensors, and ${result.rows} rows of the log`;
  const verdict = {
    same: `${run}: the same to the bit up to step ${steps.compared}${upTo}: ${counts}`,
    different: `${run}: different from step ${first?.step ?? steps.first} on`,
    interrupted: `${run}: interrupted; the same up to step ${steps.compared} of ${steps.last}: ${counts}`,
  }[status];
  const found = differences.map(
    ({ step, part, name, what }) =>
      `  ${part === "log" ? "log" : part} of step ${step}: ${name === null ? "" : `${oneLine(name)}: `}${oneLine(what)}`,
  );
  const changes = origin.map(({ setting, run: before, now, afterStep }) => {
    const since = afterStep === 0 ? "" : `from step ${afterStep} on, `;
    return `  ${since}${oneLine(setting)}: ${oneLine(JSON.stringify(before))} then, ${oneLine(JSON.stringify(now))} now`;
  });
  return [
    verdict,
    ...found,
    ...(changes.length > 0
      ? ["not as when it was trained:", ...changes]
      : status === "different"
        ? ["Of what run.json records, all is as when it was trained."]
        : []),
    ...notes,
    ...(status === "same" ? [`SHA-256 of the tensors ${sha256.tensors}, of the log ${sha256.log}`] : []),
  ].join("\n");
}
