import type { Analysis } from "./analysisRecord.js";
import type {
  AdapterAnalysis,
  DirectionAnalysis,
  LocalCosineRecord,
  StepExtremum,
} from "./geometry/adapterRecord.js";
import type { LocalCosineConvention } from "./geometry/localCosineSimilarity.js";
import type { RotationEvidence } from "./transitions/rotation/rotation.js";

/** Words for the value of a straight path in each convention, for `parameters.localCosineConvention`. */
export const localCosineSigns: Readonly<Record<LocalCosineConvention, string>> = {
  paper: "paper: straight = −1",
  straightPositive: "negated against the paper: straight = +1",
};

type UngatedRecord = Omit<LocalCosineRecord, "normalized">;

/**
 * Rewrites a record with local cosines as cos(v_t − v_{t−k}, v_{t+k} − v_t), where a straight path reads +1 and a
 * turn is a minimum. Every value, peak and piece of evidence is negated; angles stay. For readers of other
 * replications; figures of such a record have its sign.
 */
export function withStraightPositive(analysis: Analysis): Analysis {
  return {
    ...analysis,
    adapters: analysis.adapters.map((adapter): AdapterAnalysis => ({
      ...adapter,
      A: adapter.A && negatedDirection(adapter.A),
      B: negatedDirection(adapter.B),
      deltaW: { ...adapter.deltaW, localCosine: mapped(adapter.deltaW.localCosine, negatedRecord) },
    })),
    whole:
      analysis.whole === null ? null : { ...analysis.whole, path: negatedDirection(analysis.whole.path) },
    transitions: analysis.transitions.map((each) =>
      each.indicator === "rotation" ? { ...each, evidence: negatedEvidence(each.evidence) } : each,
    ),
    absent: analysis.absent.map((each) =>
      each.indicator === "rotation" && each.evidence?.windows !== undefined
        ? { ...each, evidence: negatedEvidence({ ...each.evidence, windows: each.evidence.windows }) }
        : each,
    ),
    parameters: { ...analysis.parameters, localCosineConvention: localCosineSigns.straightPositive },
  };
}

function negatedDirection(direction: DirectionAnalysis): DirectionAnalysis {
  return {
    ...direction,
    localCosine: mapped(direction.localCosine, (record) => ({
      ...negatedRecord(record),
      normalized: {
        ...withExtrema(record.normalized, ["peak"]),
        values: record.normalized.values.map(negated),
      },
    })),
  };
}

function negatedRecord(record: UngatedRecord): UngatedRecord {
  return { ...withExtrema(record, ["peak", "ungatedPeak"]), values: record.values.map(negated) };
}

function negatedEvidence<Evidence extends Pick<RotationEvidence, "windows">>(evidence: Evidence): Evidence {
  const extrema = ["ungated", "gated", "candidate", "rival"] as const;
  return { ...evidence, windows: evidence.windows.map((window) => withExtrema(window, extrema)) };
}

/** The record with some of its extrema negated. */
function withExtrema<Key extends string, Owner extends Readonly<Record<Key, StepExtremum | null>>>(
  owner: Owner,
  keys: readonly Key[],
): Owner {
  const changed = keys.map((key) => {
    const extremum = owner[key];
    return [key, extremum === null ? null : { ...extremum, value: negated(extremum.value) }] as const;
  });
  return { ...owner, ...Object.fromEntries(changed) };
}

function mapped<Value, Result>(
  record: Readonly<Record<string, Value>>,
  change: (value: Value) => Result,
): Record<string, Result> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, change(value)]));
}

/** Without −0. */
function negated(value: number): number {
  return 0 - value;
}
