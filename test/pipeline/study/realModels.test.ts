import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { readStudy } from "../../../src/pipeline/study/studyFile.js";
import { studyResults } from "../../../src/pipeline/study/studyResults.js";
import { withStudySection } from "../../../src/pipeline/study/studySection.js";
import { studyMarkdown } from "../../../src/pipeline/study/studyTables.js";

const root = join(import.meta.dirname, "..", "..", "..");

test(
  "every number in the tables of docs/real-models.md comes out of the runs that are kept",
  { timeout: 300_000 },
  async () => {
    const page = join(root, "docs", "real-models.md");
    const text = readFileSync(page, "utf8");
    const results = await studyResults(readStudy(join(root, "configs", "real.yaml")));
    expect(
      results.pairs.filter(({ harmful, control }) => harmful !== null && control !== null).length,
    ).toBeGreaterThan(0);
    expect(withStudySection(text, studyMarkdown(results), page)).toBe(text);
  },
);
