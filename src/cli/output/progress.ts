import { SingleBar, Presets } from "cli-progress";
import { Pace } from "./pace.js";
import { tell } from "./terminal.js";

/** Progress on standard error: a bar in a terminal, elsewhere a line now and then. */
export interface Progress {
  update(done: number, total: number, note?: string): void;
  /** A line of its own, above the bar. */
  say(line: string): void;
  stop(): void;
}

/** Milliseconds between lines where there is no terminal. */
const lineInterval = 10_000;

/** Starts a progress display; `quiet` keeps it silent, for output that machines read. */
export function startProgress(label: string, options: { readonly quiet: boolean }): Progress {
  if (options.quiet) return { update: () => undefined, say: () => undefined, stop: () => undefined };
  return process.stderr.isTTY ? bar(label) : lines(label);
}

function lines(label: string): Progress {
  let last = performance.now();
  const pace = new Pace();
  return {
    update(done, total, note = "") {
      const now = performance.now();
      const seconds = pace.secondsLeft(done, total, now / 1000);
      if (now - last < lineInterval) return;
      last = now;
      const left = seconds === null || seconds === 0 ? "" : `, ${timeText(seconds)} left`;
      tell(`${label} ${done}/${total} ${note}${left}`);
    },
    say: tell,
    stop: () => undefined,
  };
}

/** Seconds up to two minutes, then minutes, then hours. */
export function timeText(seconds: number): string {
  if (seconds < 120) return `${Math.ceil(seconds)} s`;
  if (seconds < 7200) return `${Math.round(seconds / 60)} min`;
  return `${(seconds / 3600).toFixed(1)} h`;
}

function bar(label: string): Progress {
  const display = new SingleBar(
    {
      format: `${label.padEnd(12)} {bar} {value}/{total}  {left}{note}`,
      stream: process.stderr,
      hideCursor: true,
      clearOnComplete: true,
    },
    Presets.shades_classic,
  );
  const pace = new Pace();
  let started = false;
  return {
    update(done, total, note = "") {
      const seconds = pace.secondsLeft(done, total, performance.now() / 1000);
      const left = seconds === null ? "" : `${timeText(seconds)} left  `;
      if (!started) {
        display.start(total, done, { note, left });
        started = true;
      }
      display.setTotal(total);
      display.update(done, { note, left });
    },
    say(line) {
      // Clears the bar's line, which its next update draws again below.
      process.stderr.write("\r\u001b[K");
      tell(line);
    },
    stop() {
      if (started) display.stop();
    },
  };
}
