import type { z } from "zod";
import { peakSchema } from "../engine/messages.js";
import { LineProcess } from "../harness/lineProcess.js";
import type { AnalysisRequest } from "./analysisMessages.js";

/** Sends one request to a fresh process and gives the peak of its resident set. */
export async function askOnce<Answer extends object>(
  request: AnalysisRequest,
  schema: z.ZodType<Answer>,
): Promise<Answer & { readonly peakMB: number }> {
  const process = new LineProcess(request.request, "analysis/analysisWorker.ts");
  try {
    const answer = await process.ask(request, schema);
    const peak: AnalysisRequest = { request: "peak" };
    return { ...answer, ...(await process.ask(peak, peakSchema)) };
  } finally {
    process.stop();
  }
}
