import open from "open";

/** Surroundings of a program, as far as it decides whether a browser's window can appear. */
export interface Surroundings {
  /** True where somebody sits before a terminal. */
  readonly isTerminal: boolean;
  readonly platform: NodeJS.Platform;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** Tells whether a browser's window would appear before the person who typed the command: not from a script, nor over SSH. */
export function canOpenBrowser({ isTerminal, platform, env }: Surroundings): boolean {
  const isSet = (name: string): boolean => (env[name] ?? "") !== "";
  if (!isTerminal || isSet("CI") || isSet("SSH_CONNECTION") || isSet("SSH_TTY")) return false;
  const hasOwnWindows = platform === "darwin" || platform === "win32" || isSet("WSL_DISTRO_NAME");
  return hasOwnWindows || isSet("DISPLAY") || isSet("WAYLAND_DISPLAY");
}

/** Shows a page in the default browser. Where that fails nothing is said: the address stands in the terminal. */
export async function openBrowser(url: string): Promise<void> {
  try {
    (await open(url)).once("error", () => undefined);
  } catch {
    // There is no browser to open.
  }
}

/** Shows a page in the browser where a window can appear here. */
export async function openBrowserIfPossible(url: string): Promise<void> {
  const { platform, env } = process;
  if (canOpenBrowser({ isTerminal: process.stdout.isTTY, platform, env })) await openBrowser(url);
}
