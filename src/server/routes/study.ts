import type { RunStore } from "../reports/runStore.js";
import { servedStudy } from "../reports/servedStudy.js";
import { StudyReports } from "../reports/studyReports.js";
import { studySchema } from "../schemas/study.js";
import { jsonRoute, type Route } from "./route.js";

/** Route to the study whose runs are shown. */
export function studyRoutes(store: RunStore): Route[] {
  const reports = new StudyReports(store);
  return [
    jsonRoute({
      method: "get",
      path: "/study",
      summary:
        "The study whose runs are shown: how it stands, and what is known so far; ask again for what is pending",
      response: studySchema,
      answer: async () => servedStudy(await reports.now()),
    }),
  ];
}
