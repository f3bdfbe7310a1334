import { Router } from "express";
import type { NextFunction, Request, Response } from "express";
import { z } from "zod";
import { isTurncoatError, messageOf, TurncoatError } from "../errors.js";
import { jsonObjectOf, validate } from "../formats/json.js";
import { readEvaluations, type JudgedAnswer } from "../runs/evaluations.js";
import { openRun } from "../runs/openRun.js";
import { selectAnswers } from "./answers.js";
import type { ServedConfig, ServedError, ServedReport } from "./api.js";
import { listRuns, type RunSources } from "./runCatalog.js";
import { FingerprintCache } from "./runFingerprint.js";
import { runRow, runSummary } from "./runRow.js";

/** The theme that figures are drawn in. */
export type Theme = "light" | "dark";

/** What the server shows and who makes it. */
export interface ApiOptions extends RunSources {
  /** Makes a run's report. */
  readonly reportOf: (directory: string, options: { readonly theme: Theme }) => ServedReport;
  /** Told of every error that is a defect, not the user's. @default ignored */
  readonly onError?: ((error: unknown) => void) | undefined;
}

const reportQuery = z.object({ theme: z.enum(["light", "dark"]).default("light") });
const answersQuery = z.object({
  step: z.coerce.number().int().nonnegative().max(Number.MAX_SAFE_INTEGER).optional(),
  question: z.string().min(1).max(500).optional(),
  scale: z.coerce.number().optional(),
});

/** An id that no listed run has. */
class UnknownRun extends TurncoatError {}

/** A request whose parameters are not as expected. */
class BadRequest extends TurncoatError {}

/** The API, version 1: the runs, and a run's report, row, answers and configuration. */
export function apiRouter(options: ApiOptions): Router {
  const reports = new FingerprintCache<ServedReport>(24);
  const answers = new FingerprintCache<readonly JudgedAnswer[]>(4);
  const directoryOf = (id: string): string => {
    const runs = listRuns(options);
    const directory = runs.get(id);
    if (directory !== undefined) return directory;
    const known = [...runs.keys()].slice(0, 10).join(", ");
    throw new UnknownRun(`no run ${JSON.stringify(id)}`, {
      hint: known === "" ? "There are no runs yet." : `There are: ${known}.`,
    });
  };
  const report = (id: string, theme: Theme): ServedReport => {
    const directory = directoryOf(id);
    return reports.get(`${theme} ${directory}`, directory, () => options.reportOf(directory, { theme }));
  };

  const router = Router();
  router.get("/runs", (_request, response) => {
    response.json({ runs: [...listRuns(options)].map(([id, directory]) => runRow(id, directory)) });
  });
  router.get("/runs/:id/report", (request, response) => {
    response.json(report(request.params.id, checked(request, reportQuery).theme));
  });
  router.get("/runs/:id/summary", (request, response) => {
    response.json(runSummary(request.params.id, report(request.params.id, "light")));
  });
  router.get("/runs/:id/answers", (request, response) => {
    const directory = directoryOf(request.params.id);
    const wanted = checked(request, answersQuery);
    const all = answers.get(directory, directory, () =>
      readEvaluations({ directory }).flatMap((evaluation) => evaluation.answers),
    );
    response.json(selectAnswers(all, wanted));
  });
  router.get("/runs/:id/config", (request, response) => {
    const { runId, manifest } = openRun(directoryOf(request.params.id));
    const body: ServedConfig = { runId, manifest: manifest === null ? null : jsonObjectOf(manifest) };
    response.json(body);
  });
  router.use((_request: Request, response: Response) => {
    response.status(404).json({ error: "no such address", hint: "The API begins at api/v1/runs." });
  });
  router.use(errorAnswer(options.onError));
  return router;
}

function checked<T extends z.ZodType>(request: Request, schema: T): z.infer<T> {
  try {
    return validate(request.query, schema, "query");
  } catch (error) {
    throw new BadRequest(messageOf(error));
  }
}

/** Every error becomes JSON. What the user can mend is said in full; a defect is reported to `onError`. */
export function errorAnswer(
  onError: ((error: unknown) => void) | undefined,
): (error: unknown, request: Request, response: Response, next: NextFunction) => void {
  return (error, _request, response, next) => {
    if (response.headersSent) {
      next(error);
      return;
    }
    const status = statusOf(error);
    if (status === 500) onError?.(error);
    const body: ServedError = {
      error: status === 500 ? `defect in the server: ${messageOf(error)}` : messageOf(error),
      ...(isTurncoatError(error) && error.hint !== undefined ? { hint: error.hint } : {}),
    };
    response.status(status).json(body);
  };
}

function statusOf(error: unknown): number {
  if (error instanceof UnknownRun) return 404;
  if (error instanceof BadRequest) return 400;
  // A run that is there and cannot be read.
  if (isTurncoatError(error)) return 422;
  // Express marks addresses that it cannot decode, and files that are not there.
  const status = error instanceof Error && "status" in error ? error.status : undefined;
  return typeof status === "number" && status >= 400 && status < 500 ? status : 500;
}
