import { afterEach, describe, expect, test, vi } from "vitest";
import { startProgress, timeText } from "../../../src/cli/output/progress.js";

afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

describe("progress where there is no terminal", () => {
  test("says every ten seconds what is done and how much time is left, counted from where it started", () => {
    vi.useFakeTimers({ toFake: ["performance"] });
    const lines: string[] = [];
    vi.spyOn(process.stderr, "write").mockImplementation((line) => {
      lines.push(String(line));
      return true;
    });
    const progress = startProgress("evaluating", { quiet: false });
    // 400 were there already; 100 in ten seconds leave 500 for fifty.
    progress.update(400, 1000, "answers");
    vi.advanceTimersByTime(5_000);
    progress.update(450, 1000, "answers");
    vi.advanceTimersByTime(5_000);
    progress.update(500, 1000, "answers");
    progress.update(501, 1000, "answers");
    expect(lines).toEqual(["evaluating 500/1000 answers, 50 s left\n"]);
  });

  test("is silent where machines read", () => {
    const write = vi.spyOn(process.stderr, "write");
    startProgress("evaluating", { quiet: true }).update(1, 2);
    expect(write).not.toHaveBeenCalled();
  });
});

test("time is in seconds, minutes or hours", () => {
  expect([0.2, 119, 120, 7199, 9000].map(timeText)).toEqual(["1 s", "119 s", "2 min", "120 min", "2.5 h"]);
});
