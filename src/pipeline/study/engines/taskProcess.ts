/** A process of `StudyProcess`: makes runs beside the process that hands them out. */
import type { TaskMessage, TaskReply } from "./taskMessages.js";
import { StudyTasks, type StudyTask } from "./studyTask.js";

let tasks: StudyTasks | null = null;
let controller = new AbortController();

const reply = (message: TaskReply): void => void process.send?.(message, () => undefined);

process.on("message", (message: TaskMessage) => {
  if ("abort" in message) {
    controller.abort();
    return;
  }
  tasks ??= new StudyTasks(message.options);
  void answer(tasks, message.task);
});
// Nobody is left who would hear of the work; a training goes on from its last step elsewhere.
process.on("disconnect", () => process.exit());
// Ctrl-C in a terminal goes to every process of it; the one that hands out tasks says when to end.
process.on("SIGINT", () => undefined);
process.on("SIGTERM", () => controller.abort());

async function answer(work: StudyTasks, task: StudyTask): Promise<void> {
  controller = new AbortController();
  const { signal } = controller;
  let told = 0;
  try {
    const outcome = await work.do(task, {
      signal,
      onNote: (note) => reply({ note }),
      onProgress: (progress) => {
        const now = performance.now();
        if (now - told < 100 && progress.done < progress.total) return;
        told = now;
        reply({ progress });
      },
    });
    reply({ outcome });
  } catch (error) {
    reply({ defect: error instanceof Error ? (error.stack ?? error.message) : String(error) });
  }
}
