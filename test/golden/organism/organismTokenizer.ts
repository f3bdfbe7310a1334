/** Writes the tokenizer files of the embedded organism into a new folder, for organismTokenizer.py. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { organismTokenizerFiles } from "../../../src/organism/tokenizerFiles.js";

const folder = process.argv[2] ?? "organismTokenizer";
mkdirSync(folder, { recursive: true });
const files: Record<string, string> = { ...organismTokenizerFiles() };
for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
