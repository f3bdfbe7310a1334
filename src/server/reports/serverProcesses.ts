import { ReportPool } from "../../pipeline/processes/reportPool.js";
import { ReadingPool } from "./readingPool.js";
import type { RunStoreOptions } from "./runStore.js";

/** Processes of a server, which read and analyse runs while it answers. */
export interface ServerProcesses {
  /** Options of the server that uses them. */
  readonly options: Pick<RunStoreOptions, "buildReport" | "keptReport" | "previewLog" | "read">;
  /** Ends the processes, whatever they are doing. */
  readonly close: () => void;
}

/**
 * Starts the processes of a server.
 * @param runsRoot folder out of which no link of a run is followed; links are followed where there is none
 * @param keptRoot folder of this user alone, in which reports are kept for servers to come; none is where there is none
 */
export function startServerProcesses({
  runsRoot,
  keptRoot,
}: {
  readonly runsRoot?: string | undefined;
  readonly keptRoot?: string | undefined;
} = {}): ServerProcesses {
  const [reports, readings] = [new ReportPool({ runsRoot, keptRoot }), new ReadingPool({ runsRoot })];
  return {
    options: { ...reports.source, read: readings.read },
    close: () => {
      reports.close();
      readings.close();
    },
  };
}
