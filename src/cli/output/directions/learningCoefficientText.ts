import type { CoefficientRecord } from "../../../analysis/learningCoefficient/coefficientRecord.js";
import { coefficientVerdict, sizeDiagnostics } from "../../../analysis/learningCoefficient/plateau.js";
import { alignedTable, significant } from "../tables/textTable.js";

/** Local learning coefficients of a run as lines for the terminal: a table, and why what cannot be told cannot. */
export function learningCoefficientText(record: CoefficientRecord): string {
  const { steps, settings, rows, trained, count, parameters, unitsOf } = record;
  const judged = steps.map((at) => ({ at, verdict: coefficientVerdict(at, record) }));
  const reasons = judged.flatMap(({ at, verdict }) =>
    verdict.kind === "told" ? [] : [`step ${at.step} cannot be told: ${verdict.reason}`],
  );
  return [
    `loss over ${rows} of ${trained} rows, n = ${count} response tokens; ${parameters} parameters in units of ${unitsOf}; ` +
      `${settings.chains} chains of ${settings.draws} draws after ${settings.burnIn}; γ = ${significant(settings.localization)}; 95 % intervals (t over chains)`,
    alignedTable([
      [
        ...["step", "loss", "λ̂", "interval"],
        ...settings.stepShares.map((share) => `at ${share}/p`),
        ...["failed", "draws below w*"],
      ],
      ...judged.map(({ at, verdict }) => {
        const found = at.sizes.map((size) => sizeDiagnostics(size, at, record));
        const below = found.reduce((sum, each) => sum + each.below, 0) / found.length;
        return [
          String(at.step),
          significant(at.centerLoss, 4),
          ...(verdict.kind === "told"
            ? [significant(verdict.value), intervalText(verdict.interval)]
            : ["–", "cannot be told"]),
          ...settings.stepShares.map((share) =>
            significant(at.sizes.find((size) => size.share === share)?.value ?? NaN),
          ),
          `${found.reduce((sum, { failed }) => sum + failed, 0)} of ${at.sizes.length * settings.chains}`,
          `${significant(100 * below, 2)} %`,
        ];
      }),
    ]),
    ...reasons,
    "It is of the loss near the adapter, within what γ lets the chains go; no test of a turn.",
  ].join("\n");
}

function intervalText(interval: readonly [number, number]): string {
  return `[${interval.map((bound) => significant(bound)).join(", ")}]`;
}
