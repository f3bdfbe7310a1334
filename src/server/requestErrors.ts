import type { NextFunction, Request, Response } from "express";
import { isTurncoatError, messageOf, TurncoatError } from "../errors.js";
import { systemFault } from "../tensor/systemFaults.js";
import type { ServedError } from "./schemas/common.js";

/** Error thrown when something is not there, such as a run or a figure. Answered with 404. */
export class NotFound extends TurncoatError {}

/** Error thrown when the parameters of a request are not as expected. Answered with 400. */
export class BadRequest extends TurncoatError {}

/** Error thrown when more is asked than the server takes on at once. Answered with 503. */
export class Busy extends TurncoatError {}

/** Answers every error with JSON. What the user can mend is said in full; a defect is reported to `onError`. */
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
    if (status === 503) response.set("Retry-After", "10");
    response.status(status).json(errorBody(error));
  };
}

/** Error as it is told to the reader. */
export function errorBody(thrown: unknown): ServedError {
  const error = systemFault(thrown) ?? thrown;
  return {
    error: statusOf(error) === 500 ? `defect in the server: ${messageOf(error)}` : messageOf(error),
    ...(isTurncoatError(error) && error.hint !== undefined ? { hint: error.hint } : {}),
  };
}

function statusOf(thrown: unknown): number {
  const error = systemFault(thrown) ?? thrown;
  if (error instanceof NotFound) return 404;
  if (error instanceof BadRequest) return 400;
  if (error instanceof Busy) return 503;
  // A run that is there and cannot be read.
  if (isTurncoatError(error)) return 422;
  // Express marks addresses and bodies that it cannot read, and files that are not there.
  const status = error instanceof Error && "status" in error ? error.status : undefined;
  return typeof status === "number" && status >= 400 && status < 500 ? status : 500;
}
