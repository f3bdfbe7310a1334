import type { StudyTask } from "./studyTask.js";

/** What the script of an array of jobs is made of. */
export interface SlurmScriptOptions {
  /** Tasks of one study, one for each job of the array. */
  readonly tasks: readonly StudyTask[];
  /** Folder of the script, the list of its runs, their logs and how each ended. */
  readonly folder: string;
  /** Words that start Turncoat. */
  readonly program: readonly string[];
  /** Options of `sbatch` beside ours, one line each. */
  readonly sbatch: readonly string[];
}

/** File, beside the script, with the name of a run on each line. */
export const runsFile = "runs.txt";

/** Exit statuses of a task that is to be tried again, and of one that SIGTERM ended before it could say so. */
const again = [75, 143] as const;

/**
 * Writes the script of an array of jobs, one run each. Told to end, before its time is up or because others go first, a job
 * hands SIGTERM on; the training stops at a checkpoint, and the job puts itself into the queue again.
 */
export function slurmScript({ tasks, folder, program, sbatch }: SlurmScriptOptions): string {
  const [first] = tasks;
  const command = [...program, "study", "task", first?.study ?? ""].map(quoted).join(" ");
  const options = [
    ["--files", first?.files],
    ["--threads", first?.threads],
    ["--provider", first?.provider],
    ["--upload", first?.upload],
  ].flatMap(([flag, value]) => (value === undefined ? [] : [`${flag ?? ""} ${quoted(String(value))}`]));
  const directives = [
    "--job-name=turncoat-study",
    `--array=0-${tasks.length - 1}`,
    "--requeue",
    "--open-mode=append",
    `--output=${folder}/%a.log`,
    "--signal=B:TERM@120",
    ...sbatch,
  ];
  return `#!/bin/bash
${directives.map((each) => `#SBATCH ${each}`).join("\n")}

folder=${quoted(folder)}
place="$folder/$SLURM_ARRAY_TASK_ID"
run=$(sed -n "$((SLURM_ARRAY_TASK_ID + 1))p" "$folder/${runsFile}")

${[command, '"$run"', ...options].join(" ")} &
task=$!
trap 'kill -TERM "$task" 2>/dev/null' TERM
wait "$task"
status=$?
# A signal ends the waiting, not the task.
while kill -0 "$task" 2>/dev/null; do
  wait "$task"
  status=$?
done
if ${again.map((each) => `[ "$status" -eq ${each} ]`).join(" || ")}; then
  scontrol requeue "\${SLURM_ARRAY_JOB_ID}_\${SLURM_ARRAY_TASK_ID}" && exit 0
fi
echo "$status" > "$place.status"
exit "$status"
`;
}

/** A word as bash reads it. */
function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`;
}
