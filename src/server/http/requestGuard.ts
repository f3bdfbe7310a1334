import { createHash, timingSafeEqual } from "node:crypto";
import { isIP } from "node:net";
import type { NextFunction, Request, Response } from "express";

/** Limits of who may ask the server. */
export interface GuardOptions {
  /** Address the server listens on. @default "127.0.0.1" */
  readonly host?: string;
  /** Further names under which a proxy reaches this server. @default none */
  readonly allowedHosts?: readonly string[];
  /** Secret that every request must carry. @default none */
  readonly token?: string | undefined;
}

type Handler = (request: Request, response: Response, next: NextFunction) => void;

const cookieName = "turncoat_token";

/** Tells whether a host is this machine talking to itself. */
export function isLoopback(host: string): boolean {
  const bare = host.replace(/^\[|\]$/g, "").toLowerCase();
  return bare === "localhost" || bare === "::1" || /^127(\.\d{1,3}){3}$/.test(bare);
}

/** Refuses every method but GET and HEAD, so that pages are only read. */
export function readOnly(): Handler {
  return (request, response, next) => {
    if (request.method === "GET" || request.method === "HEAD") next();
    else
      response.status(405).set("Allow", "GET, HEAD").json({ error: "this server only answers GET and HEAD" });
  };
}

/**
 * Refuses requests that name another host, or come from a page of another one, so that no web page can read
 * runs through the user's browser (DNS rebinding, cross-site requests).
 */
export function checkHost({ host = "127.0.0.1", allowedHosts = [] }: GuardOptions): Handler {
  const isAllowed = (name: string): boolean => {
    const bare = name.replace(/^\[|\]$/g, "");
    if (allowedHosts.includes(bare) || isLoopback(bare) || bare === host) return true;
    // On all interfaces any address may be right; a name may not, since it could be rebound.
    return (host === "0.0.0.0" || host === "::") && isIP(bare) !== 0;
  };
  return (request, response, next) => {
    const named = addressOf(`http://${request.headers.host ?? ""}`);
    if (named === undefined || !isAllowed(named.hostname)) {
      response.status(403).json({ error: "the Host header names another host", hint: hostHint });
      return;
    }
    const { origin } = request.headers;
    if (origin !== undefined) {
      const from = addressOf(origin);
      if (from === undefined || (from.host !== named.host && !allowedHosts.includes(from.hostname))) {
        response.status(403).json({ error: "the Origin header names another page", hint: hostHint });
        return;
      }
    }
    next();
  };
}

const hostHint = "Behind a proxy, name its host with --allowed-host.";

function addressOf(url: string): URL | undefined {
  return URL.canParse(url) ? new URL(url) : undefined;
}

/**
 * Asks for the token in the Authorization header, in a cookie, or once in the address: then it moves into a
 * cookie, so that it stays out of the history and of links that are passed on.
 */
export function checkToken(token: string, cookiePath: string): Handler {
  return (request, response, next) => {
    if (isSame(token, bearerToken(request)) || isSame(token, cookieToken(request))) {
      next();
      return;
    }
    const address = addressAsked(request);
    if (isSame(token, address.searchParams.get("token") ?? undefined)) {
      response.cookie(cookieName, token, { httpOnly: true, sameSite: "strict", path: cookiePath });
      address.searchParams.delete("token");
      response.redirect(302, `${address.pathname}${address.search}`.replace(/^\/+/, "/"));
      return;
    }
    response
      .status(401)
      .set("WWW-Authenticate", "Bearer")
      .json({ error: "this server asks for a token", hint: "Open the address it printed, with ?token=." });
  };
}

/** The path and query that a request asks for; the root for what is no address, such as two slashes alone. */
export function addressAsked({ originalUrl }: Pick<Request, "originalUrl">): URL {
  const here = "http://localhost";
  return new URL(URL.canParse(originalUrl, here) ? originalUrl : "/", here);
}

function bearerToken(request: Request): string | undefined {
  return /^Bearer (\S+)$/i.exec(request.headers.authorization ?? "")?.[1];
}

function cookieToken(request: Request): string | undefined {
  for (const pair of (request.headers.cookie ?? "").split(";")) {
    const [name, value] = pair.trim().split("=");
    if (name === cookieName && value !== undefined) return safelyDecoded(value);
  }
  return undefined;
}

function safelyDecoded(value: string): string | undefined {
  try {
    return decodeURIComponent(value);
  } catch {
    return undefined;
  }
}

/** Compares a sent text with the token, in a time that tells nothing about the token. */
function isSame(token: string, sent: string | undefined): boolean {
  if (sent === undefined) return false;
  const digest = (text: string): Buffer => createHash("sha256").update(text).digest();
  return timingSafeEqual(digest(token), digest(sent));
}
