import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { systemFault, unwritable, writing } from "../../src/tensor/systemFaults.js";
import { writeFileWhole, writeFolderWhole } from "../../src/runs/atomicFiles.js";
import { withoutRights } from "../support/faults/faults.js";
import { temporaryFolder } from "../support/temporaryFolder.js";

function thrownBy(work: () => unknown): unknown {
  try {
    work();
  } catch (error) {
    return error;
  }
  throw new Error("nothing was thrown");
}

/** An error as the operating system makes it. */
function fault(code: string, path?: string): Error {
  return Object.assign(new Error(`${code}: words\nof the system, write`), {
    code,
    syscall: "write",
    ...(path === undefined ? {} : { path }),
  });
}

describe("faults of the operating system", () => {
  test("become one line with path, reason and fix", () => {
    for (const code of ["EACCES", "EROFS", "ENOSPC", "ENOENT", "ENOTDIR", "EISDIR", "EMFILE"]) {
      const named = unwritable("runs/a/run.json", fault(code, "runs/a/run.json.12345"));
      expect(named).toMatchObject({
        name: "TurncoatError",
        message: matching(new RegExp(`^runs/a/run\\.json: cannot be written: [^\\n]+ \\(${code}\\)$`)),
        hint: matching(/^[A-Z][^\n]+[.?]$/),
      });
    }
    expect(systemFault(fault("ENOENT", "runs/a"))?.message).toBe("runs/a: no such file or folder (ENOENT)");
    expect(systemFault(fault("EXOTIC"))?.message).toBe("EXOTIC: words of the system, write");
  });

  test("are told from defects, which stay as they are", () => {
    const defect = new TypeError("x is not a function");
    expect(systemFault(defect)).toBeNull();
    expect(thrownBy(() => writing("a", () => thrownAgain(defect)))).toBe(defect);
  });

  test("keep a file or folder as it was", async () => {
    const folder = temporaryFolder();
    writeFileWhole(join(folder, "file"), "old");
    writeFolderWhole(join(folder, "whole"), [["part", "old"]]);
    await withoutRights([folder], () => {
      expect(thrownBy(() => writeFileWhole(join(folder, "file"), "new"))).toMatchObject({
        message: `${join(folder, "file")}: cannot be written: no permission (EACCES)`,
      });
      expect(thrownBy(() => writeFolderWhole(join(folder, "whole"), [["part", "new"]]))).toMatchObject({
        message: `${join(folder, "whole")}: cannot be written: no permission (EACCES)`,
      });
    });
    expect(readFileSync(join(folder, "file"), "utf8")).toBe("old");
    expect(readFileSync(join(folder, "whole", "part"), "utf8")).toBe("old");
    expect(readdirSync(folder).sort()).toEqual(["file", "whole"]);
  });

  test("do not bring back a folder that was removed", () => {
    const folder = join(temporaryFolder(), "run");
    expect(thrownBy(() => writeFileWhole(join(folder, "analysis", "probes.json"), "{}"))).toMatchObject({
      message: `${join(folder, "analysis", "probes.json")}: cannot be written: no such file or folder (ENOENT)`,
    });
    mkdirSync(folder);
    writeFileSync(join(folder, "analysis"), "a file");
    expect(thrownBy(() => writeFileWhole(join(folder, "analysis", "probes.json"), "{}"))).toMatchObject({
      message: matching(/expected folders on the way to it, found a file \(ENOTDIR\)$/),
    });
  });

  test("leave nothing half written where content comes in pieces", () => {
    const folder = temporaryFolder();
    function* pieces(): Generator<Uint8Array> {
      yield new Uint8Array(8);
      throw fault("ENOSPC");
    }
    expect(thrownBy(() => writeFolderWhole(join(folder, "resume"), [["part", pieces()]]))).toMatchObject({
      message: `${join(folder, "resume")}: cannot be written: no space is left on the disk (ENOSPC)`,
    });
    expect(readdirSync(folder)).toEqual([]);
  });
});

function thrownAgain(error: Error): never {
  throw error;
}

/** Any text of a pattern. */
function matching(pattern: RegExp): unknown {
  return expect.stringMatching(pattern);
}
