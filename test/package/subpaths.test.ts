import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { z } from "zod";

const root = join(import.meta.dirname, "../..");

const packageSchema = z.object({
  types: z.string(),
  exports: z.record(z.string(), z.union([z.string(), z.object({ types: z.string(), default: z.string() })])),
  typesVersions: z.object({ "*": z.record(z.string(), z.array(z.string())) }),
});

test("compilers that know no exports, as that of tslab, find the types of every sub-path", () => {
  const { types, exports, typesVersions } = packageSchema.parse(
    JSON.parse(readFileSync(join(root, "package.json"), "utf8")),
  );
  const typed = Object.entries(exports).flatMap(([path, entry]) =>
    typeof entry === "string" ? [] : [[path, entry.types] as const],
  );
  const expected = Object.fromEntries(
    typed.filter(([path]) => path !== ".").map(([path, file]) => [path.slice(2), [file]]),
  );
  expect(typesVersions["*"]).toEqual(expected);
  expect(Object.fromEntries(typed)["."]).toBe(types);
  for (const [, file] of typed) expect(existsSync(join(root, file)), file).toBe(true);
});
