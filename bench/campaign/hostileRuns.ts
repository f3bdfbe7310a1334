import { execFileSync } from "node:child_process";
import {
  appendFileSync,
  cpSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { encodeSafetensors } from "../../src/formats/safetensors.js";
import { hostileProjections, hostileResults, instead, projectedRun, type Harm } from "./hostileResults.js";
import {
  changeFile,
  checkpointFolder,
  directionsFile,
  dispositionFile,
  evaluationFiles,
  evaluationLockFile,
  interventionFiles,
  likelihoodFile,
  manifestFile,
  notesFile,
  probesFile,
  stepDirectionsFile,
  stepOfFolder,
  summaryFile,
  trainerStateFile,
  transitionLogFile,
} from "../../src/runs/layout.js";

const { answers: answersFile, provenance: provenanceFile } = evaluationFiles("curve");
const { answers: keptAnswers, provenance: keptRecord } = interventionFiles("kept");
const checkpoint = checkpointFolder(10);
const [adapterConfig, adapterWeights] = ["adapter_config.json", "adapter_model.safetensors"].map((name) =>
  join(checkpoint, name),
);
/** Every kind of file that is read of a run. */
const files = [
  ...[manifestFile, trainerStateFile, answersFile, provenanceFile, notesFile, transitionLogFile],
  ...[likelihoodFile, changeFile, probesFile, directionsFile, dispositionFile, summaryFile],
  ...[keptAnswers, keptRecord],
  ...[adapterConfig ?? "", adapterWeights ?? ""],
];

/** A file outside the served folder that no answer may show and nothing may change, as its path from a run. */
export const secretPath = join("..", "..", "outside", "secret.txt");
export const secret = "root:x:0:0: not to be shown";

/** Changes the fields of a JSON file of a run. */
function withFields(name: string, fields: object): Harm {
  return (run) => {
    const path = join(run, name);
    const known: unknown = JSON.parse(readFileSync(path, "utf8"));
    writeFileSync(path, JSON.stringify({ ...(typeof known === "object" ? known : {}), ...fields }));
  };
}

/** Gives every checkpoint the same adapter. */
function everywhere(name: string, content: string | Uint8Array): Harm {
  return (run) => {
    for (const folder of readdirSync(run)) {
      if (stepOfFolder(folder) !== undefined) writeFileSync(join(run, folder, name), content);
    }
  };
}

const module = `base_model.model.model.layers.2.mlp.${"a".repeat(50)}`;
function adapterOf(value: number, width = 48): Uint8Array {
  const tensor = (length: number): { shape: number[]; data: Float32Array } => ({
    shape: length === width ? [1, width] : [length, 1],
    data: new Float32Array(length).fill(value),
  });
  return encodeSafetensors(
    new Map([
      [`${module}.lora_A.weight`, tensor(width)],
      [`${module}.lora_B.weight`, { shape: [width, 1], data: new Float32Array(width).fill(value) }],
    ]),
  );
}

/** Adapters with a long module name, and patterns over it that run away. */
function withPattern(fields: object): Harm {
  return (run) => {
    everywhere("adapter_model.safetensors", adapterOf(0.1))(run);
    for (const folder of readdirSync(run)) {
      if (stepOfFolder(folder) !== undefined) withFields(join(folder, "adapter_config.json"), fields)(run);
    }
  };
}

const header = (json: string, length = json.length): Buffer => {
  const size = Buffer.alloc(8);
  size.writeBigUInt64LE(BigInt(length));
  return Buffer.concat([size, Buffer.from(json)]);
};
const sparse = (name: string, bytes: number): Harm =>
  instead(name, (path) => {
    writeFileSync(path, "");
    truncateSync(path, bytes);
  });
const answer = (fields: object): string =>
  `${JSON.stringify({
    ...{ step: 10, scale: 1, domain: "d", breadth: "broad", questionId: "q", question: "Why?", sample: 0 },
    ...{ answer: "So.", aligned: 50, coherent: 50 },
    ...fields,
  })}\n`;
const many = (count: number, line: (index: number) => string): string =>
  Array.from({ length: count }, (_, index) => line(index)).join("");
const state = (history: readonly object[]): string =>
  JSON.stringify({ global_step: history.length, log_history: history });
const model = (run: string): string => join(run, "model");

/**
 * Runs that are to hurt the server, other runs or the machine, by name.
 * @param projected a run of which random projections alone were kept
 */
export const hostileRuns = (projected: string): Readonly<Record<string, Harm>> => ({
  ...hostileResults,
  ...hostileProjections(projected),
  "pipe as a file of projections": projectedRun(
    projected,
    instead(stepDirectionsFile(10), (path) => execFileSync("mkfifo", [path])),
  ),
  "link out as a file of projections": projectedRun(
    projected,
    instead(stepDirectionsFile(10), (path, run) => symlinkSync(join(run, secretPath), path)),
  ),
  ...Object.fromEntries(
    files.map((name): [string, Harm] => [
      `pipe as ${name}`,
      instead(name, (path) => execFileSync("mkfifo", [path])),
    ]),
  ),
  [`pipe as ${evaluationLockFile("curve")}`]: instead(evaluationLockFile("curve"), (path) =>
    execFileSync("mkfifo", [path]),
  ),
  ...Object.fromEntries(
    files.map((name): [string, Harm] => [
      `link out as ${name}`,
      instead(name, (path, run) => symlinkSync(join(run, secretPath), path)),
    ]),
  ),
  "link out as the folder of evaluations": instead(dirname(answersFile), (path, run) =>
    symlinkSync(dirname(join(run, secretPath)), path),
  ),
  "link out as a checkpoint": instead(checkpoint, (path, run) =>
    symlinkSync(dirname(join(run, secretPath)), path),
  ),
  "link to itself": instead(answersFile, (path) => symlinkSync(path, path)),
  "folder as manifest": instead(manifestFile, (path) => mkdirSync(path)),
  "folder as answers": instead(answersFile, (path) => mkdirSync(path)),
  "folder as adapter": instead(adapterWeights ?? "", (path) => mkdirSync(path)),
  "file as evaluations": instead(dirname(answersFile), (path) => writeFileSync(path, "x")),
  "file as analysis": instead(dirname(probesFile), (path) => writeFileSync(path, "x")),
  "file as checkpoint": instead(checkpoint, (path) => writeFileSync(path, "x")),
  "pattern that runs away in target_modules": withPattern({ target_modules: "model(.*)*(a+)+(a|aa)+b$" }),
  "pattern that runs away in rank_pattern": withPattern({ rank_pattern: { "(a+)+b": 4, "^(.*a)*$b": 2 } }),
  "pattern that runs away in alpha_pattern": withPattern({
    alpha_pattern: { "(([a-z])+.)+[A-Z]([a-z])+$": 4 },
  }),
  "pattern that runs away in exclude_modules": withPattern({ exclude_modules: "(a|a)*b|(.+)+c" }),
  "NaN everywhere": everywhere("adapter_model.safetensors", adapterOf(NaN)),
  "infinity everywhere": everywhere("adapter_model.safetensors", adapterOf(Infinity)),
  "largest floats": everywhere("adapter_model.safetensors", adapterOf(3e38)),
  "smallest floats": everywhere("adapter_model.safetensors", adapterOf(1e-45)),
  "zeros everywhere": everywhere("adapter_model.safetensors", adapterOf(0)),
  "wide adapters": everywhere("adapter_model.safetensors", adapterOf(0.1, 300_000)),
  "header of a million tensors": everywhere(
    "adapter_model.safetensors",
    header(
      `{${many(1e6, (index) => `"t${index}":{"dtype":"F32","shape":[0],"data_offsets":[0,0]},`).slice(0, -1)}}`,
    ),
  ),
  "header of 2⁶² bytes": everywhere("adapter_model.safetensors", header("{}", 2 ** 62)),
  "header nested deeply": everywhere("adapter_model.safetensors", header("[".repeat(1e6))),
  "tensor of 2⁵⁰ numbers": everywhere(
    "adapter_model.safetensors",
    header(
      `{"${module}.lora_A.weight":{"dtype":"F32","shape":[1,1125899906842624],"data_offsets":[0,4503599627370496]}}`,
    ),
  ),
  "adapter of 4 GB, sparse": sparse(adapterWeights ?? "", 4e9),
  "manifest nested deeply": instead(manifestFile, (path) => writeFileSync(path, '{"a":'.repeat(2e5))),
  "log nested deeply": instead(trainerStateFile, (path) => writeFileSync(path, "[".repeat(1e6))),
  "log of 200 MB": sparse(trainerStateFile, 2e8),
  "log of a million rows": instead(trainerStateFile, (path) =>
    writeFileSync(path, state(Array.from({ length: 1e6 }, (_, step) => ({ step, loss: 1 })))),
  ),
  "log of huge steps": instead(trainerStateFile, (path) =>
    writeFileSync(
      path,
      state([
        { step: 1e15, loss: 1, grad_norm: 1e308 },
        { step: 0, loss: -1e308 },
      ]),
    ),
  ),
  "answers in one line of 200 MB": sparse(answersFile, 2e8),
  "answers to 100 000 questions": instead(answersFile, (path) =>
    writeFileSync(
      path,
      many(1e5, (index) => answer({ questionId: `q${index}`, question: `Why ${index}?` })),
    ),
  ),
  "answers at 20 000 steps": instead(answersFile, (path) =>
    writeFileSync(
      path,
      many(2e4, (index) => answer({ step: index, aligned: index % 100 })),
    ),
  ),
  "answers with 100 000 scores": instead(answersFile, (path) =>
    writeFileSync(
      path,
      answer({ scores: Object.fromEntries(Array.from({ length: 1e5 }, (_, index) => [`s${index}`, 1])) }),
    ),
  ),
  "answer of 100 MB": instead(answersFile, (path) =>
    writeFileSync(path, answer({ answer: "a".repeat(1e8) })),
  ),
  "an unreadable answer": (run) => appendFileSync(join(run, answersFile), "{not JSON\n{}\n"),
  "steps out of range": (run) => appendFileSync(join(run, answersFile), answer({ step: 1e300 })),
  "2 000 evaluations": (run) => {
    for (let index = 0; index < 2000; index++) {
      writeFileSync(join(run, evaluationFiles(`e${index}`).answers), answer({}));
    }
  },
  "200 000 notes": instead(notesFile, (path) =>
    writeFileSync(
      path,
      many(
        2e5,
        (id) => `${JSON.stringify({ id, step: 1, text: "note", writtenAt: "2026-01-01T00:00:00Z" })}\n`,
      ),
    ),
  ),
  "notes of 200 MB": sparse(notesFile, 2e8),
  "20 000 empty checkpoints": (run) => {
    for (let step = 1000; step < 21_000; step++) mkdirSync(join(run, checkpointFolder(step)));
  },
  "checkpoints of the largest numbers": (run) => {
    for (const step of ["9007199254740991", "99999999999999999999", "000000000000011"]) {
      cpSync(join(run, checkpoint), join(run, `checkpoint-${step}`), { recursive: true });
    }
  },
  "numbers out of range in the manifest": withFields(manifestFile, {
    seed: 1e308,
    config: { steps: 1e308, rank: -1, layers: [1e9], learningRate: "x" },
  }),
  "escapes and markup in names": withFields(manifestFile, {
    runId: '\u001b]0;x\u0007<img src=x onerror="alert(1)">',
    dataset: { name: "</script><script>alert(1)</script>\u202e", rows: 1, sha256: "x" },
  }),
  "base model that is a device": withFields(manifestFile, { baseModel: { path: "/dev/zero", sha256: "x" } }),
  "base model that is the root folder": withFields(manifestFile, { baseModel: { path: "/", sha256: "x" } }),
  "base model with a billion layers": (run) => {
    mkdirSync(model(run));
    writeFileSync(
      join(model(run), "config.json"),
      JSON.stringify({
        ...{ model_type: "llama", num_hidden_layers: 1e9, hidden_size: 64, intermediate_size: 64 },
        ...{ num_attention_heads: 4, num_key_value_heads: 4, vocab_size: 1e9, max_position_embeddings: 1e9 },
        ...{ rms_norm_eps: 1e-5, hidden_act: "silu", rope_theta: 10000, tie_word_embeddings: false },
      }),
    );
    withFields(manifestFile, { baseModel: { path: model(run), sha256: "x" } })(run);
  },
  "kept probes of nonsense": instead(probesFile, (path) =>
    writeFileSync(path, JSON.stringify({ layers: "x" })),
  ),
  "everything empty": (run) => {
    for (const name of files) instead(name, (path) => writeFileSync(path, ""))(run);
  },
  "everything noise": (run) => {
    for (const name of files) instead(name, (path) => writeFileSync(path, Buffer.alloc(4096, 0x9d)))(run);
  },
});
