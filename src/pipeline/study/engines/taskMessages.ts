import type { StudyProgress } from "../studyWork.js";
import type { StudyTask, StudyTaskOutcome } from "./studyTask.js";

/** Message to a process: a task, or that the one under way is to end at a checkpoint. */
export type TaskMessage =
  | { readonly task: StudyTask; readonly options: { readonly worker?: string; readonly threads?: number } }
  | { readonly abort: true };

/** Message of a process about its task. */
export type TaskReply =
  | { readonly progress: StudyProgress }
  | { readonly note: string }
  | { readonly outcome: StudyTaskOutcome }
  | { readonly defect: string };

/** Tells whether a message is one about a task. */
export function isTaskReply(value: unknown): value is TaskReply {
  return (
    typeof value === "object" &&
    value !== null &&
    ("progress" in value || "note" in value || "outcome" in value || "defect" in value)
  );
}
