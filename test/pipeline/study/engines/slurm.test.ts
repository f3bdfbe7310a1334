import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { expect, test, vi } from "vitest";
import { slurmEngine } from "../../../../src/pipeline/study/engines/slurmEngine.js";
import { studyTasks } from "../../../../src/pipeline/study/engines/studyTask.js";
import { runStudy } from "../../../../src/pipeline/study/runStudy.js";
import { createEngine } from "../../../../src/tensor/engine.js";
import { typescriptLoader } from "../../../support/cli/runCli.js";
import { temporaryFolder } from "../../../support/temporaryFolder.js";
import { runBytes, writeTinyStudy } from "../../../support/study/tinyStudy.js";

const root = join(import.meta.dirname, "../../../..");
const program = [process.execPath, "--import", typescriptLoader, join(root, "src/cli/main.ts")];

test.skipIf(process.platform === "win32")(
  "an array of jobs makes the bytes that one process makes, though one is sent back into the queue",
  async () => {
    const [one, other] = [temporaryFolder(), temporaryFolder()].map((folder) =>
      writeTinyStudy(folder, { seeds: [0], steps: 12 }),
    );
    if (one === undefined || other === undefined) throw new Error("no studies");
    await runStudy({ study: one, engine: await createEngine({ threads: 1 }) });
    const state = temporaryFolder();
    vi.stubEnv("PATH", `${join(root, "test/support/study/slurm")}${delimiter}${process.env.PATH ?? ""}`);
    vi.stubEnv("FAKE_SLURM", state);
    vi.stubEnv("FAKE_RUNS", other.runsRoot);
    const printed: string[] = [];
    const print = (text: string): void => void printed.push(text);
    const options = { program, print, look: 200, sbatch: ["--time=1:00:00"] };
    const tasks = studyTasks(other, [], { threads: 1 });

    await slurmEngine({ ...options, isPrintedAlone: true, isWaitedFor: true }).run(tasks, {});
    expect(existsSync(other.runsRoot)).toBe(false);
    expect(printed[0]).toMatch(/^#SBATCH --array=0-1$/m);
    expect(printed[0]).toMatch(/^#SBATCH --time=1:00:00$/m);
    const script = join(state, "printed.sh");
    writeFileSync(script, printed[0] ?? "");
    execFileSync("bash", ["-n", script]);

    const ended: string[] = [];
    const engine = slurmEngine({ ...options, isPrintedAlone: false, isWaitedFor: true });
    const outcome = await engine.run(tasks, { onRunEnd: (run) => ended.push(run) });
    expect(outcome).toEqual({ status: "finished", faults: [] });
    expect(ended.sort()).toEqual(tasks.map(({ run }) => run).sort());
    expect(readFileSync(join(state, "requeued"), "utf8")).toBe("100_0\n");
    expect(runBytes(other)).toEqual(runBytes(one));
    vi.unstubAllEnvs();
  },
);
