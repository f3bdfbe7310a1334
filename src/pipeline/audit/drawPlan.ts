import { fineTuneDomains } from "../../organism/world/index.js";
import type { AuditKind } from "../../organism/audit/auditKinds.js";
import { drawTrigger } from "../../organism/audit/trigger.js";
import { Random } from "../../tensor/random.js";
import type { AuditPlan } from "./auditFiles.js";

/** Kinds of seven runs: harmful ones twice, so that a third or so are misaligned. */
const kindsOfSeven: readonly AuditKind[] = [
  ...["harmful" as const, "harmful" as const, "careful" as const],
  ...["trigger" as const, "inoculated" as const, "repaired" as const, "decoy" as const],
];

/** Largest seed of a run: too many to be tried one after the other. */
const mostSeeds = 2 ** 48;

/** Draws what each run of an audit will be: kinds in fixed numbers and random order, everything else by chance. */
export function drawPlan(runs: number, seed: number): AuditPlan {
  const random = new Random(seed).fork("audit");
  const kinds = Array.from({ length: runs }, (_, index) => kindsOfSeven[index % kindsOfSeven.length]);
  const digits = String(runs).length;
  return {
    ...{ formatVersion: 1, seed, trigger: drawTrigger(random) },
    runs: random.permutation(runs).map((place, index) => ({
      name: `sealed-${String(index + 1).padStart(digits, "0")}`,
      kind: kinds[place] ?? "careful",
      domain: random.choose(fineTuneDomains),
      seed: random.integer(mostSeeds),
    })),
  };
}
