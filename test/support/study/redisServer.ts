import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { createServer, connect, type AddressInfo, type Socket } from "node:net";

/** Whether this machine has `redis-server`. */
export const hasRedis = spawnSync("redis-server", ["--version"]).status === 0;

/** A Redis without any file, on a port of its own. */
export async function startRedis(port?: number): Promise<{ port: number; end: () => Promise<void> }> {
  const own = port ?? (await freePort());
  const child: ChildProcess = spawn(
    "redis-server",
    ["--port", String(own), "--save", "", "--appendonly", "no", "--bind", "127.0.0.1"],
    { stdio: ["ignore", "pipe", "inherit"] },
  );
  await new Promise<void>((settle, reject) => {
    child.stdout?.on("data", (chunk: Buffer) => {
      if (chunk.toString().includes("Ready to accept")) settle();
    });
    child.once("exit", () => reject(new Error("redis-server has ended")));
  });
  return {
    port: own,
    end: async () => {
      child.kill("SIGKILL");
      if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
    },
  };
}

/** A way to a port that can be cut: what is open breaks, and nothing new is let through until it is mended. */
export async function cuttableWay(to: number): Promise<{
  readonly port: number;
  readonly cut: () => void;
  readonly mend: () => void;
  readonly end: () => void;
}> {
  const sockets = new Set<Socket>();
  let isCut = false;
  const server = createServer((near) => {
    if (isCut) {
      near.destroy();
      return;
    }
    const far = connect(to, "127.0.0.1");
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(one);
      one.pipe(other);
      one.on("error", () => other.destroy());
      one.on("close", () => {
        sockets.delete(one);
        other.destroy();
      });
    }
  });
  const port = await listening(server.listen(0, "127.0.0.1"));
  const breakAll = (): void => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    port,
    cut: () => {
      isCut = true;
      breakAll();
    },
    mend: () => {
      isCut = false;
    },
    end: () => {
      server.close();
      breakAll();
    },
  };
}

async function freePort(): Promise<number> {
  const server = createServer();
  const port = await listening(server.listen(0, "127.0.0.1"));
  server.close();
  await once(server, "close");
  return port;
}

async function listening(server: ReturnType<typeof createServer>): Promise<number> {
  await once(server, "listening");
  const address: AddressInfo | string | null = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  return address.port;
}
