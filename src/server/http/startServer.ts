import { createServer, type RequestListener, type Server } from "node:http";
import { messageOf, TurncoatError } from "../../errors.js";
import { createApp, normalBasePath, type AppOptions } from "./createApp.js";
import { isLoopback } from "./requestGuard.js";

export interface ServerOptions extends AppOptions {
  /** Port to listen on; 0 takes any free one. @default 7777 */
  readonly port?: number;
  /** True to make a port in use an error; else the next free one is taken. @default false */
  readonly strictPort?: boolean;
  /** Limits of connections; see their defaults. */
  readonly limits?: ConnectionLimits;
}

/** Limits of connections: how long a reader may take, and how many there may be. */
export interface ConnectionLimits {
  /** Milliseconds until the headers of a request are there. @default 10_000 */
  readonly headers?: number;
  /** Milliseconds until all of a request is there. @default 30_000 */
  readonly request?: number;
  /** Milliseconds in which nothing goes either way; a stream of events has a heartbeat. @default 600_000 */
  readonly idle?: number;
  /** Most connections at once; more are closed as they come. @default 1000 */
  readonly connections?: number;
}

/** A server that listens. */
export interface RunningServer {
  /** Address of the pages, without the token. */
  readonly url: string;
  readonly port: number;
  /** Ends the server and every connection. */
  readonly close: () => Promise<void>;
}

/** Number of ports that are tried after the one asked for. */
const portsTried = 20;
/** Characters of a token that nobody can try out. */
const shortestToken = 16;

/**
 * Serves the pages, on this machine alone unless told otherwise.
 *
 * @throws TurncoatError where the port is in use, the host is not this machine and no token is set, or the token can be guessed
 */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const { host = "127.0.0.1", port = 7777, strictPort = false, token } = options;
  if (!isLoopback(host) && (token === undefined || token === "")) {
    throw new TurncoatError(`host ${host}: a server that other machines can reach needs a token`, {
      hint: "Set a token, or listen on 127.0.0.1 and use ssh -L.",
    });
  }
  if (token !== undefined && token.length < shortestToken) {
    throw new TurncoatError(`token: expected at least ${shortestToken} characters, found ${token.length}`, {
      hint: "openssl rand -hex 16 makes one.",
    });
  }
  const app = createApp(options);
  const last = strictPort || port === 0 ? port : Math.min(65_535, port + portsTried);
  for (let candidate = port; candidate <= last; candidate++) {
    const server = await listen(app, candidate, host, options.limits);
    if (server === undefined) continue;
    const address = server.address();
    const bound = typeof address === "object" && address !== null ? address.port : candidate;
    const shown = host.includes(":") ? `[${host}]` : host;
    return {
      url: `http://${shown}:${bound}${normalBasePath(options.basePath ?? "/")}`,
      port: bound,
      close: () => close(server),
    };
  }
  const which = last === port ? `port ${port} is` : `ports ${port} to ${last} are`;
  throw new TurncoatError(`${which} in use`, {
    hint: strictPort ? "Choose another --port, or leave out --strict-port." : "Choose another --port.",
  });
}

/** Starts to listen on a port; undefined where the port is in use. */
function listen(
  app: RequestListener,
  port: number,
  host: string,
  limits: ConnectionLimits = {},
): Promise<Server | undefined> {
  const { headers = 10_000, request = 30_000, idle = 600_000, connections = 1000 } = limits;
  const server = createServer(
    {
      // Headers and requests are small here: slow or large ones are not ours.
      headersTimeout: headers,
      requestTimeout: request,
      connectionsCheckingInterval: Math.min(2000, headers / 2),
      maxHeaderSize: 16 * 1024,
    },
    app,
  );
  server.maxConnections = connections;
  server.setTimeout(idle);
  return new Promise((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) => {
      if (error.code === "EADDRINUSE") resolve(undefined);
      else
        reject(
          new TurncoatError(`cannot listen on ${host}, port ${port}: ${messageOf(error)}`, { cause: error }),
        );
    });
    server.listen(port, host, () => resolve(server));
  });
}

function close(server: Server): Promise<void> {
  return new Promise((resolve, reject) => {
    server.close((error) => {
      if (error === undefined) resolve();
      else reject(error);
    });
    server.closeAllConnections();
  });
}
