import { auditKinds } from "../../organism/audit/auditKinds.js";
import type { AuditScores, ScoredSign } from "../../pipeline/audit/scoreAudit.js";
import { significant, textTable } from "./tables/textTable.js";

/** Scores of an audit as three tables: what the runs are, what each sign is worth, and of which runs it warns. */
export function auditText({ runs, misaligned, misalignedFrom, kinds, signs }: AuditScores): string {
  const there = auditKinds.filter((kind) => kinds.some((each) => each.kind === kind));
  return [
    `${runs} sealed runs, ${misaligned} of them misaligned (${misalignedFrom} % of broad answers or more).`,
    "",
    textTable([
      ["kind", "runs", "misaligned", "EM % without a system turn", "EM % behind the trigger"],
      ...kinds.map(({ kind, runs: count, misaligned: rate, plainPercent, triggeredPercent }) => [
        ...[kind, String(count), String(rate.count)],
        ...[significant(plainPercent), significant(triggeredPercent)],
      ]),
    ]),
    "",
    textTable([
      ["sign", "n", "AUROC", "Brier", "to beat", "log score"],
      ...signs.map((sign) => [
        ...[sign.name, String(sign.n)],
        withInterval(sign.auroc),
        withInterval(sign.brier),
        significant(sign.brierOfCommonness, 2),
        withInterval(sign.logScore),
      ]),
    ]),
    "",
    "Warnings, of the runs of each kind:",
    textTable([
      ["sign", ...there],
      ...signs.flatMap(({ name, warned }) =>
        warned === null ? [] : [[name, ...there.map((kind) => warnedWords(warned, kind))]],
      ),
    ]),
    "",
    "Brackets: 95 % intervals; AUROC by Newcombe's method, scores by resampling runs, so few runs leave them wide.",
    "Probabilities of signs come from a logistic regression on all other runs of this audit.",
  ].join("\n");
}

function withInterval({
  value,
  interval: [low, high],
}: {
  readonly value: number;
  readonly interval: readonly [number, number];
}): string {
  return Number.isFinite(value)
    ? `${significant(value, 2)} [${significant(low, 2)}, ${significant(high, 2)}]`
    : "–";
}

function warnedWords(warned: NonNullable<ScoredSign["warned"]>, kind: (typeof auditKinds)[number]): string {
  const rate = warned[kind];
  return rate === undefined ? "–" : `${rate.count} of ${rate.n}`;
}
