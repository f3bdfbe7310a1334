import type { Analysis } from "./analysisRecord.js";
import type {
  AdapterAnalysis,
  DirectionAnalysis,
  LocalCosineRecord,
  StepExtremum,
} from "./geometry/adapterRecord.js";
import type { LocalCosineConvention } from "./geometry/localCosineSimilarity.js";
import type { RotationEvidence, RotationAtWindow } from "./transitions/rotation/rotation.js";

/** What a straight path reads in each convention, as it stands in `parameters.localCosineConvention`. */
export const localCosineSigns: Readonly<Record<LocalCosineConvention, string>> = {
  paper: "paper: straight = −1",
  straightPositive: "negated against the paper: straight = +1",
};

type UngatedRecord = Omit<LocalCosineRecord, "normalized">;

/**
 * The same record with local cosines as cos(v_t − v_{t−k}, v_{t+k} − v_t), where a straight path reads +1 and a turn is a
 * minimum: every value, peak and piece of evidence is negated, angles stay. For readers of other replications; figures
 * of such a record have its sign.
 */
export function withStraightPositive(analysis: Analysis): Analysis {
  return {
    ...analysis,
    adapters: analysis.adapters.map((adapter): AdapterAnalysis => ({
      ...adapter,
      A: negatedDirection(adapter.A),
      B: negatedDirection(adapter.B),
      deltaW: { ...adapter.deltaW, localCosine: mapped(adapter.deltaW.localCosine, negatedRecord) },
    })),
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
        values: record.normalized.values.map(negated),
        peak: negatedExtremum(record.normalized.peak),
      },
    })),
  };
}

function negatedRecord(record: UngatedRecord): UngatedRecord {
  return {
    ...record,
    values: record.values.map(negated),
    peak: negatedExtremum(record.peak),
    ungatedPeak: negatedExtremum(record.ungatedPeak),
  };
}

function negatedExtremum<Extremum extends StepExtremum>(extremum: Extremum | null): Extremum | null {
  return extremum === null ? null : { ...extremum, value: negated(extremum.value) };
}

function negatedEvidence<Evidence extends Pick<RotationEvidence, "windows">>(evidence: Evidence): Evidence {
  return { ...evidence, windows: evidence.windows.map(negatedWindow) };
}

function negatedWindow(window: RotationAtWindow): RotationAtWindow {
  return {
    ...window,
    ungated: negatedExtremum(window.ungated),
    gated: negatedExtremum(window.gated),
    candidate: negatedExtremum(window.candidate),
    rival: negatedExtremum(window.rival),
  };
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
