import { SingleBar, Presets } from "cli-progress";

/** One line of progress on standard error; silent where that is no terminal or output is for machines. */
export interface Progress {
  update(done: number, total: number, note?: string): void;
  stop(): void;
}

/** Starts a progress line; `quiet` keeps it silent. */
export function startProgress(label: string, options: { readonly quiet: boolean }): Progress {
  if (options.quiet || !process.stderr.isTTY) return { update: () => undefined, stop: () => undefined };
  const bar = new SingleBar(
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
        bar.start(total, done, { note });
        started = true;
      }
      bar.setTotal(total);
      bar.update(done, { note });
    },
    stop() {
      if (started) bar.stop();
    },
  };
}
