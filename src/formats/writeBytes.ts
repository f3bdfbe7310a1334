import { writeSync } from "node:fs";

/** Writes all bytes to an open file: one call is limited to 2 GiB by the operating system, and may write less. */
export function writeBytes(descriptor: number, bytes: Uint8Array): void {
  let done = 0;
  while (done < bytes.length) {
    done += writeSync(descriptor, bytes, done, Math.min(bytes.length - done, 2 ** 30));
  }
}
