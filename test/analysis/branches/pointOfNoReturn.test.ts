import { describe, expect, test } from "vitest";
import { aboveShare, branchEstimate, branchUnit } from "../../../src/analysis/branches/branchEstimate.js";
import { unchanged, type BranchRecord } from "../../../src/analysis/branches/branchRecord.js";
import { pointOfNoReturn, pointWords } from "../../../src/analysis/branches/pointOfNoReturn.js";
import { plantedBranches } from "../../support/branches/plantedBranches.js";

const high = [80, 80, 80, 80];

describe("the point of no return", () => {
  test("is the last step at which EM is under half, with the steps that are not ruled out", () => {
    const record = plantedBranches({ runs: 3, em: { [unchanged]: high, late: [0, 3, 10, 80] } });
    const point = pointOfNoReturn(record, "late");
    expect(point).toMatchObject({ kind: "found", step: 40, interval: [40, 40] });
    expect(point.steps.map(({ stops }) => stops)).toEqual(["yes", "yes", "yes", "no"]);
    expect(pointWords(point)).toBe("the point of no return is step 40 [40, 40]");
  });

  test("has a wide interval where runs disagree about a step", () => {
    const one = plantedBranches({ runs: 3, em: { [unchanged]: high, mixed: [0, 0, 0, 80] } });
    const branches = one.branches.map((branch) =>
      branch.intervention === "mixed" && branch.from === 40 && branch.run === "run2"
        ? { ...branch, em: branch.em.map(() => 100) }
        : branch,
    );
    const point = pointOfNoReturn({ ...one, branches }, "mixed");
    expect(point).toMatchObject({ kind: "found", interval: [20, 40] });
    expect(point.steps[2]?.stops).toBe("unclear");
  });

  test("lies beyond the steps tried, or is not to be seen, where it is the same at all of them", () => {
    const em = { [unchanged]: high, always: [0, 2, 1, 3], never: [78, 82, 80, 79] };
    const record = plantedBranches({ runs: 3, em });
    expect(pointOfNoReturn(record, "always").kind).toBe("later");
    expect(pointOfNoReturn(record, "never").kind).toBe("never");
    expect(pointWords(pointOfNoReturn(record, "never"))).toMatch(/even from step 0/);
  });

  test("cannot be told where there is nothing to stop, and where no step is clear", () => {
    const quiet = plantedBranches({ runs: 3, em: { [unchanged]: [0, 0, 0, 0], careful: [0, 0, 0, 0] } });
    expect(pointOfNoReturn(quiet, "careful")).toMatchObject({ kind: "cannotTell" });
    expect(pointWords(pointOfNoReturn(quiet, "careful"))).toMatch(/nothing to stop/);
    const noisy = plantedBranches({
      ...{ runs: 2, spread: 30, questions: 20 },
      em: { [unchanged]: [50, 50, 50, 50], half: [30, 30, 30, 30] },
    });
    expect(pointOfNoReturn(noisy, "half")).toMatchObject({ kind: "cannotTell" });
    expect(pointWords(pointOfNoReturn(noisy, "half"))).toMatch(/would tell/);
    expect(pointOfNoReturn(quiet, "unknown")).toMatchObject({ kind: "cannotTell", steps: [] });
  });

  test("cannot be told from one branch of one run in several where the others failed", () => {
    const record = plantedBranches({ runs: 3, em: { [unchanged]: high, careful: [0, 0, 0, 0] } });
    const branches = record.branches.filter(
      ({ intervention, run }) => intervention !== "careful" || run === "run0",
    );
    const point = pointOfNoReturn({ ...record, branches }, "careful");
    expect(point).toMatchObject({
      kind: "cannotTell",
      why: "too few branches for an interval: more runs of other seeds would tell",
    });
  });
});

describe("estimates of branches", () => {
  const record = plantedBranches({ runs: 3, em: { [unchanged]: high, careful: [0, 20, 40, 80] } });

  test("are over runs where there are several, else over orders, else over questions", () => {
    const one = plantedBranches({ runs: 1, em: { [unchanged]: high } });
    const orders = plantedBranches({ runs: 1, orders: 3, em: { [unchanged]: high } });
    expect([record, orders, one].map(branchUnit)).toEqual(["runs", "orders", "questions"]);
    expect(branchEstimate(orders, "em", unchanged, 0).n).toBe(3);
    expect(branchEstimate(one, "em", unchanged, 0).n).toBe(90);
  });

  test("of runs are the mean and Student's interval of the runs' rates", () => {
    const { value, interval, n } = branchEstimate(record, "em", "careful", 40);
    const rates = record.branches
      .filter(({ intervention, from }) => intervention === "careful" && from === 40)
      .map(({ em }) => {
        const broad = em.filter((_, index) => index % 10 !== 0);
        return broad.reduce((sum, each) => sum + each, 0) / broad.length;
      });
    const mean = rates.reduce((sum, rate) => sum + rate, 0) / 3;
    const deviation = Math.sqrt(rates.reduce((sum, rate) => sum + (rate - mean) ** 2, 0) / 2);
    expect(n).toBe(3);
    expect(value).toBeCloseTo(mean, 10);
    // t of 2 degrees of freedom, 0.975: 4.302653 (table).
    expect(interval[1] - value).toBeCloseTo((4.302653 * deviation) / Math.sqrt(3), 4);
  });

  test("say that nothing seen is not nothing there: Wilson's bound, of the questions of all runs", () => {
    const { value, interval } = branchEstimate(record, "em", "careful", 0);
    expect(value).toBe(0);
    expect(interval[0]).toBe(0);
    // Wilson of 0 in 270: z²/(n + z²).
    expect(interval[1]).toBeCloseTo((100 * 3.8415) / (270 + 3.8415), 2);
  });

  test("of half the unchanged are paired: a run that is worse throughout does not widen them", () => {
    const paired = aboveShare(record, unchanged, 0, 1);
    expect(paired.value).toBe(0);
    expect(paired.interval).toEqual([0, 0]);
    const { branches, ...rest } = record;
    const worse: BranchRecord = {
      ...rest,
      branches: branches.map((each) => ({ ...each, em: each.em.map((value) => value / 2) })),
    };
    const [half, whole] = [worse, record].map((each) => aboveShare(each, "careful", 20, 0.5).value);
    expect(half).toBeCloseTo((whole ?? NaN) / 2, 10);
  });

  test("of narrow questions are apart from those of broad ones", () => {
    const branches = record.branches.map((each) => ({
      ...each,
      em: each.em.map((value, index) => (index % 10 === 0 ? 100 : value)),
    }));
    const changed = { ...record, branches };
    expect(branchEstimate(changed, "narrow", "careful", 0).value).toBe(100);
    expect(branchEstimate(changed, "em", "careful", 0).value).toBe(0);
  });
});
