import type { Request, Response } from "express";
import type { z } from "zod";
import { messageOf } from "../../errors.js";
import { validate } from "../../formats/json.js";
import { BadRequest } from "../requestErrors.js";

export type Method = "get" | "post" | "put" | "delete";

/** Input of a route: what the request says, validated. */
export interface RouteInput<P extends z.ZodType, Q extends z.ZodType, B extends z.ZodType> {
  readonly params: z.output<P>;
  readonly query: z.output<Q>;
  readonly body: z.output<B>;
  /** Signal that is aborted when the reader goes away. */
  readonly signal: AbortSignal;
}

/** Declaration that all kinds of routes share. */
export interface RouteRequest<P extends z.ZodType, Q extends z.ZodType, B extends z.ZodType> {
  readonly method: Method;
  /** Path as Express writes it, under `/api/v1`: `/runs/:id/report`. */
  readonly path: string;
  /** One line for the API's description. */
  readonly summary: string;
  /** Schema of the path's parameters, an object; required where the path has any. */
  readonly params?: P;
  /** Schema of the query's parameters, an object. */
  readonly query?: Q;
  /** Schema of the body; a named one. */
  readonly body?: B;
}

/** Route whatever its schemas: what the router mounts and the OpenAPI document describes. */
export interface Route {
  readonly method: Method;
  readonly path: string;
  readonly summary: string;
  readonly params: z.ZodType | undefined;
  readonly query: z.ZodType | undefined;
  readonly body: z.ZodType | undefined;
  /** Schema of the answer, or of each event by name. */
  readonly answer:
    | { readonly kind: "json"; readonly schema: z.ZodType }
    | { readonly kind: "events"; readonly events: Readonly<Record<string, z.ZodType>> };
  readonly handle: (request: Request, response: Response) => Promise<void>;
}

/** Defines a route that answers with JSON; the type of its answer is that of its schema. */
export function jsonRoute<
  R extends z.ZodType,
  P extends z.ZodType = z.ZodType,
  Q extends z.ZodType = z.ZodType,
  B extends z.ZodType = z.ZodType,
>(
  definition: RouteRequest<P, Q, B> & {
    /** Schema of the answer; a named one. */
    readonly response: R;
    readonly answer: (input: RouteInput<P, Q, B>) => z.output<R> | Promise<z.output<R>>;
  },
): Route {
  return {
    ...requestOf(definition),
    answer: { kind: "json", schema: definition.response },
    handle: async (request, response) => {
      response.json(await definition.answer(inputOf(definition, request, response)));
    },
  };
}

/** The parts of a definition that all kinds of routes share. */
export function requestOf<P extends z.ZodType, Q extends z.ZodType, B extends z.ZodType>(
  definition: RouteRequest<P, Q, B>,
): Pick<Route, "method" | "path" | "summary" | "params" | "query" | "body"> {
  const { method, path, summary, params, query, body } = definition;
  return { method, path, summary, params, query, body };
}

/**
 * Validates what a request says.
 * @throws BadRequest naming the first wrong field
 */
export function inputOf<P extends z.ZodType, Q extends z.ZodType, B extends z.ZodType>(
  { params, query, body }: RouteRequest<P, Q, B>,
  request: Request,
  response: Response,
): RouteInput<P, Q, B> {
  const gone = new AbortController();
  response.on("close", () => gone.abort());
  const sent: unknown = request.body;
  return {
    params: checked(request.params, params, "path"),
    query: checked(request.query, query, "query"),
    body: checked(sent, body, "body"),
    signal: gone.signal,
  };
}

function checked<T extends z.ZodType>(value: unknown, schema: T | undefined, source: string): z.output<T> {
  const output: unknown = schema === undefined ? value : validated(value, schema, source);
  if (isOutputOf(schema, output)) return output;
  throw output;
}

/** Validates a value by a schema: the output, or the refusal. */
function validated(value: unknown, schema: z.ZodType, source: string): unknown {
  try {
    return validate(value, schema, source);
  } catch (error) {
    return new BadRequest(messageOf(error));
  }
}

/** Tells the compiler that a value is the output of a schema; without a schema that is unknown, which any value is. */
function isOutputOf<T extends z.ZodType>(schema: T | undefined, output: unknown): output is z.output<T> {
  return schema === undefined || !(output instanceof BadRequest);
}
