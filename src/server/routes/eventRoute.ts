import { once } from "node:events";
import type { z } from "zod";
import { errorBody } from "../requestErrors.js";
import { inputOf, requestOf, type Route, type RouteInput, type RouteRequest } from "./route.js";

/** Milliseconds after which a silent stream says that it is alive, so that no proxy ends it. */
const heartbeat = 15_000;
/** Milliseconds after which a reader that takes nothing is gone; it may come back and go on. */
const longestDrain = 60_000;

type Events = Readonly<Record<string, z.ZodType>>;

/** Input of an event route beside what the request says. */
export interface EventInput<
  P extends z.ZodType,
  Q extends z.ZodType,
  B extends z.ZodType,
  E extends Events,
> extends RouteInput<P, Q, B> {
  /** Sends one event; resolves when the reader has room for the next. */
  readonly send: <K extends keyof E & string>(
    event: K,
    data: z.output<E[K]>,
    options?: { readonly id?: string },
  ) => Promise<void>;
  /** Id of the last event that the reader got before the connection broke. */
  readonly lastEventId: string | undefined;
}

/**
 * Defines a route that answers with server-sent events until `stream` resolves or the reader goes away (`signal`). An
 * error becomes a last event named `failure`.
 */
export function eventRoute<
  E extends Events,
  P extends z.ZodType = z.ZodType,
  Q extends z.ZodType = z.ZodType,
  B extends z.ZodType = z.ZodType,
>(
  definition: RouteRequest<P, Q, B> & {
    /** Schema of the data of each event, by the event's name; named schemas. */
    readonly events: E;
    /** Refuses a reader before the stream begins, by throwing. */
    readonly admit?: (input: RouteInput<P, Q, B>) => void;
    readonly stream: (input: EventInput<P, Q, B, E>) => Promise<void>;
  },
): Route {
  return {
    ...requestOf(definition),
    answer: { kind: "events", events: definition.events },
    handle: async (request, response) => {
      const input = inputOf(definition, request, response);
      definition.admit?.(input);
      const { signal } = input;
      const write = async (text: string): Promise<void> => {
        if (signal.aborted || response.write(text)) return;
        // A reader that is gone never drains.
        const late = setTimeout(() => response.destroy(), longestDrain);
        await once(response, "drain", { signal }).catch(() => undefined);
        clearTimeout(late);
      };
      response.status(200).set({ "Content-Type": "text/event-stream", "X-Accel-Buffering": "no" });
      response.flushHeaders();
      const alive = setInterval(() => {
        // One that is not read fills no memory.
        if (!response.writableNeedDrain) response.write(": alive\n\n");
      }, heartbeat);
      try {
        await definition.stream({
          ...input,
          lastEventId: request.get("Last-Event-ID"),
          send: (event, data, { id } = {}) =>
            write(
              `${id === undefined ? "" : `id: ${id}\n`}event: ${event}\ndata: ${JSON.stringify(data)}\n\n`,
            ),
        });
      } catch (error) {
        await write(`event: failure\ndata: ${JSON.stringify(errorBody(error))}\n\n`);
      } finally {
        clearInterval(alive);
        response.end();
      }
    },
  };
}
