import { createHash } from "node:crypto";
import { readSync } from "node:fs";
import { withOpenFile } from "../tensor/openFile.js";

/** Computes the SHA-256 of a file of any size, in hexadecimal, by which manifests say exactly which file was used. */
export function sha256OfFile(path: string): string {
  return withOpenFile(path, (descriptor) => {
    const hash = createHash("sha256");
    const buffer = Buffer.alloc(1 << 20);
    for (let count = -1; count !== 0;) {
      count = readSync(descriptor, buffer, 0, buffer.length, null);
      hash.update(buffer.subarray(0, count));
    }
    return hash.digest("hex");
  });
}
