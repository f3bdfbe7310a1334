import type { Verification } from "./retrainRun.js";

/** What came of verifying a run, one line each: the verdict, each difference, and what is not as when it was trained. */
export function verificationSentences(result: Verification): string[] {
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
    ({ step, part, name, what }) => `  ${part} of step ${step}: ${name === null ? "" : `${name}: `}${what}`,
  );
  const changes = origin.map(({ setting, run: before, now, afterStep }) => {
    const since = afterStep === 0 ? "" : `from step ${afterStep} on, `;
    return `  ${since}${setting}: ${JSON.stringify(before)} then, ${JSON.stringify(now)} now`;
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
  ];
}
