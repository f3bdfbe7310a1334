import { SingleBar, Presets } from "cli-progress";

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
  return {
    update(done, total, note = "") {
      if (performance.now() - last < lineInterval) return;
      last = performance.now();
      process.stderr.write(`${label} ${done}/${total} ${note}\n`);
    },
    say: (line) => void process.stderr.write(`${line}\n`),
    stop: () => undefined,
  };
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
      process.stderr.write(`\r\u001b[K${line}\n`);
    },
    stop() {
      if (started) display.stop();
    },
  };
}
