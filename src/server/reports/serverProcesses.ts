import { ReportPool } from "../../pipeline/report/reportPool.js";
import { ReadingPool } from "./readingPool.js";
import type { RunStoreOptions } from "./runStore.js";

/** Processes of a server, which read and analyse runs while it answers. */
export interface ServerProcesses {
  /** Options of the server that uses them. */
  readonly options: Pick<RunStoreOptions, "buildReport" | "previewLog" | "read">;
  /** Ends the processes, whatever they are doing. */
  readonly close: () => void;
}

/**
 * Starts the processes of a server.
 * @param runsRoot folder out of which no link of a run is followed; links are followed where there is none
 */
export function startServerProcesses({
  runsRoot,
}: { readonly runsRoot?: string | undefined } = {}): ServerProcesses {
  const [reports, readings] = [new ReportPool({ runsRoot }), new ReadingPool({ runsRoot })];
  return {
    options: { ...reports.source, read: readings.read },
    close: () => {
      reports.close();
      readings.close();
    },
  };
}
