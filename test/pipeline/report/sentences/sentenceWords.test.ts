import { describe, expect, test } from "vitest";
import { groupedDigits } from "../../../../src/analysis/statistics/groupedDigits.js";
import { lagWords } from "../../../../src/pipeline/report/sentences/lagWords.js";
import { decimals, interval, percent } from "../../../../src/pipeline/report/sentences/sentenceNumbers.js";
import { spelledOut } from "../../../../src/pipeline/report/sentences/spelledOut.js";

describe("words of lags", () => {
  const words = (steps: number, low: number, high: number): string =>
    lagWords({ from: "rotation", to: "behavior", steps, interval: [low, high], method: "endsOfIntervals" });

  test("say on which side of the turn of behaviour an event lies, and how far at the least and at the most", () => {
    expect(words(11, 9, 12)).toBe("11 steps before behaviour (9 to 12)");
    expect(words(-3, -13, -1)).toBe("3 steps after behaviour (1 to 13)");
    expect(words(1, -3, 4)).toBe("1 step before behaviour (between 3 after and 4 before)");
    expect(words(0, -4, 14)).toBe("the step at which behaviour turns (between 4 after and 14 before)");
    expect(words(0, -2, 0)).toBe("the step at which behaviour turns (0 to 2 after)");
    expect(words(2, 2, 2)).toBe("2 steps before behaviour (2)");
  });
});

describe("numbers in sentences", () => {
  test("have thin spaces from 10 000 on, unless they are a seed, a fraction or a part of a name", () => {
    const thin = "\u202f";
    expect(groupedDigits("at step 12345 [12000, 1234567] of 9999 answers")).toBe(
      `at step 12${thin}345 [12${thin}000, 1${thin}234${thin}567] of 9999 answers`,
    );
    for (const text of ["seed 12345", "seed, 12345", "0.000123", "12345.5", "run-20250101", "a/20250101/b"])
      expect(groupedDigits(text)).toBe(text);
  });

  test("are a dash where there is none, and have a true minus sign", () => {
    expect(percent(NaN)).toBe("–");
    expect(interval(undefined)).toBe("[–, –]");
    expect(decimals(-2.04)).toBe("−2");
  });

  test("EM is spelt out once, where it is said first", () => {
    expect(spelledOut(["no word", "EM rises, EM", "EM"])).toEqual([
      "no word",
      "Emergent misalignment (EM) rises, EM",
      "EM",
    ]);
    const done = spelledOut(["at the end EM is 3"]);
    expect(done).toEqual(["at the end emergent misalignment (EM) is 3"]);
    expect(spelledOut(done)).toEqual(done);
  });
});
