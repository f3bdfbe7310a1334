import { describe, expect, test } from "vitest";
import { canOpenBrowser, type Surroundings } from "../../../src/cli/output/openBrowser.js";

describe("openBrowser: whether a browser can be opened", () => {
  const desktop: Surroundings = { isTerminal: true, platform: "linux", env: { DISPLAY: ":0" } };

  test.each<[string, Partial<Surroundings>, boolean]>([
    ["on a desktop", {}, true],
    ["on Wayland", { env: { WAYLAND_DISPLAY: "wayland-0" } }, true],
    ["on a Mac", { platform: "darwin", env: {} }, true],
    ["on Windows", { platform: "win32", env: {} }, true],
    ["in WSL", { env: { WSL_DISTRO_NAME: "Debian" } }, true],
    ["from a script", { isTerminal: false }, false],
    ["without a display", { env: {} }, false],
    ["with an empty display", { env: { DISPLAY: "" } }, false],
    ["over SSH, even with a display", { env: { DISPLAY: ":10", SSH_CONNECTION: "a 1 b 22" } }, false],
    ["over SSH on a Mac", { platform: "darwin", env: { SSH_TTY: "/dev/ttys0" } }, false],
    ["in continuous integration", { env: { DISPLAY: ":99", CI: "true" } }, false],
  ])("%s", (_, changes, expected) => {
    expect(canOpenBrowser({ ...desktop, ...changes })).toBe(expected);
  });
});
