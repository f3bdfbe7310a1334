import { SingleBar, Presets } from "cli-progress";
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
  let first: { readonly done: number; readonly at: number } | null = null;
  return {
    update(done, total, note = "") {
      const now = performance.now();
      first ??= { done, at: now };
      if (now - last < lineInterval) return;
      last = now;
      const seconds = ((now - first.at) / 1000) * ((total - done) / (done - first.done));
      const left = Number.isFinite(seconds) && seconds > 0 ? `, ${timeText(seconds)} left` : "";
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
      format: `${label.padEnd(12)} {bar} {value}/{total}  {eta_formatted} left  {note}`,
      stream: process.stderr,
      hideCursor: true,
      clearOnComplete: true,
      etaBuffer: 50,
    },
    Presets.shades_classic,
  );
  let started = false;
  return {
    update(done, total, note = "") {
      if (!started) {
        display.start(total, done, { note });
        started = true;
      }
      display.setTotal(total);
      display.update(done, { note });
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
