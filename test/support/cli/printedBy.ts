import { PassThrough } from "node:stream";
import { vi } from "vitest";

/** What some work in this process printed, and what came of it. */
export interface Printed<T> {
  readonly result: T;
  readonly stdout: string;
  readonly stderr: string;
}

/** What is around the work as it is around a process of its own. */
export interface Surroundings {
  /** What is typed. @default nothing */
  readonly input?: string;
  readonly environment?: Readonly<Record<string, string>>;
  /** Called at every piece that is printed, with all that was printed. */
  readonly onOutput?: (stdout: string) => void;
}

/** Does some work in this process that prints and reads as a process of its own would, and gathers what it prints. */
export async function printedBy<T>(
  work: () => Promise<T>,
  { input = "", environment = {}, onOutput }: Surroundings = {},
): Promise<Printed<T>> {
  let [stdout, stderr] = ["", ""];
  const print = (text: string): boolean => {
    stdout += text;
    onOutput?.(stdout);
    return true;
  };
  vi.spyOn(console, "log").mockImplementation((...parts) => void print(`${parts.join(" ")}\n`));
  vi.spyOn(process.stdout, "write").mockImplementation((text) => print(String(text)));
  vi.spyOn(process.stderr, "write").mockImplementation((text) => {
    stderr += String(text);
    return true;
  });
  const typed = Object.assign(new PassThrough(), { isTTY: false });
  typed.end(input);
  const stdin = Object.getOwnPropertyDescriptor(process, "stdin");
  Object.defineProperty(process, "stdin", { value: typed, configurable: true });
  for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value);
  try {
    return { result: await work(), stdout, stderr };
  } finally {
    vi.restoreAllMocks();
    vi.unstubAllEnvs();
    if (stdin !== undefined) Object.defineProperty(process, "stdin", stdin);
  }
}
