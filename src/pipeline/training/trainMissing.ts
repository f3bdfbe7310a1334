import { existsSync } from "node:fs";
import { join } from "node:path";
import { manifestFile } from "../../runs/layout.js";
import { readManifest } from "../../runs/manifest.js";
import { checkMadeAlike, trainRun, type TrainRequest } from "./trainRun.js";

/**
 * Trains a run as far as it is not: begins it, goes on with it, or leaves it where it is finished.
 * @throws TurncoatError where what is there was made with other settings
 */
export async function trainMissing(request: TrainRequest): Promise<"finished" | "interrupted"> {
  const path = join(request.directory, manifestFile);
  if (!existsSync(path)) return trainRun(request);
  if (readManifest(path).status !== "finished") return trainRun({ ...request, resume: true });
  checkMadeAlike(request);
  return "finished";
}
