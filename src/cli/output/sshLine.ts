import { hostname, userInfo } from "node:os";

/** The command that makes a server of this machine reachable from another one, at the same address. */
export function sshLine(port: number): string {
  return `ssh -N -L ${port}:127.0.0.1:${port} ${userName()}${hostname()}`;
}

function userName(): string {
  try {
    return `${userInfo().username}@`;
  } catch {
    // A user without an entry in the system's list, as in some containers.
    return "";
  }
}
