/** Error thrown when a request failed: one line, and what to do about it. */
export class ApiError extends Error {
  readonly hint: string | undefined;
  /** True where the server itself said what went wrong; false where nothing usable came from it. */
  readonly isAnswer: boolean;

  /** True where the server has others to answer first. */
  readonly isBusy: boolean;

  constructor(message: string, hint?: string, { isAnswer = false, isBusy = false } = {}) {
    super(message);
    this.hint = hint;
    this.isAnswer = isAnswer;
    this.isBusy = isBusy;
  }
}

/**
 * Makes a check that an object has some fields. The server belongs to the same build, so that they need no closer look
 * than that they are there.
 */
export function hasFields<T extends object>(
  ...fields: readonly (keyof T & string)[]
): (value: unknown) => value is T {
  return (value): value is T =>
    typeof value === "object" && value !== null && fields.every((field) => field in value);
}

/** Asks for an address under the API, such as `runs/demo/report`. */
export function get<T>(
  address: string,
  isExpected: (value: unknown) => value is T,
  signal?: AbortSignal,
): Promise<T> {
  return ask(address, isExpected, signal === undefined ? {} : { signal });
}

/** Sends something to an address under the API, or has something there removed. */
export function send<T>(
  method: "POST" | "PUT" | "DELETE",
  address: string,
  isExpected: (value: unknown) => value is T,
  body?: object,
): Promise<T> {
  const content =
    body === undefined ? {} : { body: JSON.stringify(body), headers: { "Content-Type": "application/json" } };
  return ask(address, isExpected, { method, ...content });
}

async function ask<T>(
  address: string,
  isExpected: (value: unknown) => value is T,
  request: RequestInit,
): Promise<T> {
  const { signal } = request;
  let response: Response;
  try {
    response = await fetch(`./api/v1/${address}`, request);
  } catch (error) {
    if (signal?.aborted === true) throw error;
    throw new ApiError("the server does not answer", "Is `turncoat serve` still running?");
  }
  const body = await jsonOf(response);
  if (response.ok && isExpected(body)) return body;
  const { status } = response;
  throw errorOf(body, `the server answered ${status} and something else than expected`, status === 503);
}

/** Error that a server's answer says; `otherwise` where it says none. */
export function errorOf(body: unknown, otherwise: string, isBusy = false): ApiError {
  return isErrorBody(body)
    ? new ApiError(body.error, body.hint, { isAnswer: true, isBusy })
    : new ApiError(otherwise, undefined, { isBusy });
}

/** Times that a busy server is asked again, and milliseconds between them. */
const [mostTries, pause] = [5, 1000];

/** Asks for something, and again in a while where the server has others to answer first. */
export async function whenFree<T>(ask: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await ask();
    } catch (error) {
      if (!(error instanceof ApiError) || !error.isBusy || tries >= mostTries) throw error;
      await new Promise((resolve) => setTimeout(resolve, pause));
    }
  }
}

async function jsonOf(response: Response): Promise<unknown> {
  try {
    const body: unknown = await response.json();
    return body;
  } catch {
    return undefined;
  }
}

function isErrorBody(value: unknown): value is { readonly error: string; readonly hint?: string } {
  return typeof value === "object" && value !== null && "error" in value && typeof value.error === "string";
}
