import { spawn, type ChildProcessWithoutNullStreams } from "node:child_process";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { z } from "zod";
import { packageRoot } from "../../src/pipeline/packageRoot.js";

const bench = join(packageRoot(), "bench");
const failure = z.object({ error: z.string() });

/** A process that answers one JSON object a line to one JSON request a line. */
export class LineProcess {
  readonly label: string;
  readonly #process: ChildProcessWithoutNullStreams;
  readonly #answers: AsyncIterator<string>;
  #complaints = "";

  /**
   * @param label names the process in errors
   * @param script below `bench/` for Node, such as `engine/worker.ts`; in `bench/python/` for Python
   * @param python the interpreter, for a script in Python
   */
  constructor(label: string, script: string, python?: string) {
    this.label = label;
    this.#process =
      python === undefined
        ? spawn(process.execPath, ["--import", "tsx", join(bench, script)], { cwd: packageRoot() })
        : spawn(python, [join(bench, "python", script)]);
    this.#process.stderr.on("data", (data: Buffer) => (this.#complaints += data.toString()));
    // An answer that does not come says more than a failed write.
    this.#process.stdin.on("error", () => undefined);
    this.#answers = createInterface({ input: this.#process.stdout })[Symbol.asyncIterator]();
  }

  async ask<Answer>(request: object, schema: z.ZodType<Answer>): Promise<Answer> {
    this.#process.stdin.write(`${JSON.stringify(request)}\n`);
    const line = await this.#answers.next();
    if (line.done === true) {
      throw new Error(`${this.label}: the process ended: ${this.#complaints.trim().slice(-2000)}`);
    }
    const answer: unknown = JSON.parse(line.value);
    const failed = failure.safeParse(answer);
    if (failed.success) throw new Error(`${this.label}: ${failed.data.error}`);
    return schema.parse(answer);
  }

  stop(): void {
    this.#process.kill();
  }
}
