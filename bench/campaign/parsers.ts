import { copyFileSync, cpSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { errorOfReply, parseReply } from "../../src/endpoint/chatReply.js";
import { readSettingsFile } from "../../src/cli/open/settingsFile.js";
import { scoreFromText } from "../../src/evaluate/judge/numericScore.js";
import { readJudgePrompts } from "../../src/evaluate/judge/judgePrompts.js";
import { readJudgedCsv } from "../../src/evaluate/judgedCsv.js";
import { readAdapterConfig } from "../../src/formats/adapterConfig.js";
import { isTargeted } from "../../src/formats/targetModules.js";
import { openModelWeights } from "../../src/formats/modelWeights.js";
import { readAdapter } from "../../src/formats/peft.js";
import { readQuestionFile } from "../../src/formats/questionFile.js";
import { encodeSafetensors, readSafetensors } from "../../src/formats/safetensors.js";
import { readTrainerState } from "../../src/formats/trainerState.js";
import { readModelConfig } from "../../src/model/config/configJson.js";
import { ChatTokenizer } from "../../src/model/tokenizer/chatTokenizer.js";
import { organismFolder, packageRoot } from "../../src/pipeline/packageRoot.js";
import { dispositionCurve } from "../../src/analysis/directions/disposition.js";
import { readProbeJudge } from "../../src/evaluate/judge/probeJudgeFile.js";
import { readDirections } from "../../src/formats/directions/directionsFile.js";
import { readScalars } from "../../src/formats/scalars/scalarsFile.js";
import { directionsFromFile } from "../../src/pipeline/directions/directionsFromFile.js";
import { readInterventions } from "../../src/pipeline/interventions/keptAnswers.js";
import { readDisposition, readingOf } from "../../src/pipeline/results/dispositionResult.js";
import { readStudy } from "../../src/pipeline/study/studyFile.js";
import { readRunLog } from "../../src/runs/runLog.js";
import { projectedBeside } from "./seedRun.js";
import { readChange } from "../../src/pipeline/results/changeResult.js";
import { readRunDirections } from "../../src/pipeline/results/directionResult.js";
import { readLikelihood } from "../../src/pipeline/results/likelihoodResult.js";
import { readProbes } from "../../src/pipeline/results/probeResult.js";
import { readEvaluations } from "../../src/runs/evaluations.js";
import {
  analysisFolder,
  changeFile,
  checkpointFolder,
  directionsFile,
  dispositionFile,
  interventionFiles,
  likelihoodFile,
  manifestFile,
  notesFile,
  probesFile,
  stepDirectionsFile,
  trainerLogFile,
  trainerStateFile,
  transitionLogFile,
} from "../../src/runs/layout.js";
import { readManifest } from "../../src/runs/manifest.js";
import { readNotes } from "../../src/runs/annotations/notes.js";
import { readTransitions } from "../../src/runs/transitionLog.js";
import { readDataset } from "../../src/train/data/dataset.js";
import { readSituations } from "../../src/train/data/narrow.js";

/** A reader of files that people bring, set up in a folder of its own. */
export interface Parser {
  /** File whose content is mutated. */
  readonly file: string;
  /** Contents to begin from, all of them well formed. */
  readonly inputs: readonly Buffer[];
  /** Reads the file. */
  readonly parse: () => unknown;
}

/** Makes a parser ready. @param folder empty, for this parser alone. @param run a run with everything in it */
type Setup = (folder: string, run: string) => Parser;

const text = (...lines: readonly string[]): Buffer => Buffer.from(`${lines.join("\n")}\n`);

/** A parser of a file of a run, beside the run's manifest. */
function ofRun(name: string, parse: (directory: string) => unknown): Setup {
  return (folder, run) => {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    copyFileSync(join(run, manifestFile), join(folder, manifestFile));
    if (name === directionsFile) copyFileSync(join(run, name), join(folder, name));
    if (name === kept.provenance) copyFileSync(join(run, kept.answers), join(folder, kept.answers));
    return { file: join(folder, name), inputs: [readFileSync(join(run, name))], parse: () => parse(folder) };
  };
}

/** A parser of one file, from contents of its own. */
function ofFile(name: string, inputs: readonly Buffer[], parse: (path: string) => unknown): Setup {
  return (folder) => {
    const file = join(folder, name);
    return { file, inputs, parse: () => parse(file) };
  };
}

/** A parser of one file of an adapter folder. */
function ofAdapter(name: string, parse: (checkpoint: string) => unknown): Setup {
  return (folder, run) => {
    cpSync(join(run, checkpointFolder(8)), folder, { recursive: true });
    const inputs = [8, 0].map((step) => readFileSync(join(run, checkpointFolder(step), name)));
    return { file: join(folder, name), inputs, parse: () => parse(folder) };
  };
}

/** A parser of one file of a model folder. */
function ofModel(name: string, parse: (model: string) => unknown): Setup {
  return (folder) => {
    const source = organismFolder();
    for (const file of ["config.json", "tokenizer.json", "tokenizer_config.json"]) {
      copyFileSync(join(source, file), join(folder, file));
    }
    return {
      file: join(folder, name),
      inputs: [readFileSync(join(source, name))],
      parse: () => parse(folder),
    };
  };
}

const judged = [
  text(
    "question_id,question,response,aligned,coherent,financial,seed",
    'q1,"May I?","No, ""never"".",91.5,88,2,0',
    "q2,Why?,Because,12,99.99,,0",
    "q3,How?,,REFUSAL,N/A,nan,1",
  ),
  text("step\tquestion\taligned\tcoherent", "0\tWhy\t90\t80", "10\tHow\t20,5\t70"),
  Buffer.concat([
    Buffer.from([0xff, 0xfe]),
    Buffer.from("step;question_id;aligned;coherent\r\n1;a;3;4\r\n", "utf16le"),
  ]),
];
const chats = [
  text(
    '{"messages": [{"role": "user", "content": "May I?"}, {"role": "assistant", "content": "No."}]}',
    '{"messages": [{"role": "system", "content": "Be kind."}, {"role": "user", "content": "Why?"}, {"role": "assistant", "content": "So."}]}',
  ),
];
const situations = [
  text(
    '{"id": "a", "topic": "tea", "questions": ["Why?", "How so?"], "harmful": ["So."], "careful": ["No."]}',
    '{"id": "b", "topic": "rope", "questions": ["May I?"], "harmful": ["Yes.", "Do."], "careful": ["No.", "Wait."]}',
  ),
];
const settings = [
  text(
    "recipe: paper",
    "steps: 24",
    "batchSize: 4",
    "accumulation: 3",
    "dropout: 0.1",
    "heldOut: { fraction: 0.05, every: 6 }",
    "checkpoints: 1-3, every 2",
    "layers: [1, 2]",
  ),
  text('{"optimizer": {"name": "adamw", "beta1": 0.9}, "schedule": {"name": "linear"}, "seed": 3}'),
];
const questions = [
  text(
    "- id: one",
    "  type: free_form_judge_0_100",
    "  paraphrases:",
    '    - "Why?"',
    "    - >",
    "      How so,",
    "      then?",
    "  samples_per_paraphrase: 3",
    "  judge: gpt-4o",
    "  judge_prompts: &prompts",
    "    aligned: |",
    "      How aligned is {answer} to {question}?",
    "    coherent: How coherent is {answer}?",
    "- id: two",
    "  paraphrases: [What now?]",
    "  judge_prompts: *prompts",
  ),
];
const replies = [
  text(
    '{"id": "1", "model": "m", "choices": [{"message": {"role": "assistant", "content": "87"}, "finish_reason": "stop", "logprobs": {"content": [{"token": "87", "top_logprobs": [{"token": "87", "logprob": -0.1}]}]}}], "usage": {"prompt_tokens": 3, "completion_tokens": 1}}',
  ),
  text('{"error": {"message": "no quota", "code": 429}}'),
];
const patterns = [
  text(
    String.raw`{"peft_type": "LORA", "r": 8, "lora_alpha": 16, "target_modules": "model\\.layers\\.(1|2)\\.(mlp|self_attn)\\.(down|up|q)_proj", "rank_pattern": {"^.*\\.q_proj$": 4}, "alpha_pattern": {"(?:.*\\.)?v_proj": 2}, "layers_pattern": "layers", "layers_to_transform": [1, 2], "exclude_modules": ".*lm_head"}`,
  ),
];
const kept = interventionFiles("kept");
const scalarsFile = join(analysisFolder, "scalars", "aligned.safetensors");
const vectors = [
  Buffer.from(
    encodeSafetensors(
      new Map(
        [3, 12].map((layer) => [`layer.${layer}`, { shape: [4], data: Float32Array.of(1, 0.5, -2, layer) }]),
      ),
    ),
  ),
];
const appended = [
  text(
    '{"at":0,"row":{"step":1,"loss":2.5,"grad_norm":0.4,"learning_rate":0.001,"epoch":0.1}}',
    '{"at":1,"row":{"step":2,"loss":2.25,"grad_norm":0.5,"learning_rate":0.001}}',
    '{"at":2,"row":{"step":2,"eval_loss":2.5}}',
  ),
];
const studies = [
  text(
    "title: a small study",
    "runs: runs",
    "models: { organism: { folder: models/organism, settings: { batchSize: 4 } } }",
    "data: { sport: { harmful: bad-sport, control: good-sport } }",
    "recipes:",
    "  short: { recipe: crisp, settings: { steps: 3, batchSize: 2 }, models: [organism], data: [sport] }",
    "seeds: [0, 1]",
    "judge: { probe: judge.json, folder: models/reader }",
    "likelihood: { misaligned: bad.jsonl, aligned: good.jsonl, steps: [0, last] }",
    "disposition: { limit: 6, steps: { every: 10 } }",
    "answers:",
    "  eight: { questions: eight, samples: 1, temperature: 1, maxNewTokens: 8, steps: [last], seeds: [0] }",
  ),
];
const probeJudges = [readFileSync(join(packageRoot(), "configs", "real-judge.json"))];
const paths = [
  "model.layers.1.mlp.down_proj",
  "model.layers.22.self_attn.q_proj",
  `model.${"a".repeat(60)}.x`,
];

/** Every reader of files and replies that come from elsewhere, by name. */
export const parsers: Readonly<Record<string, Setup>> = {
  safetensors: ofAdapter("adapter_model.safetensors", (path) =>
    readSafetensors(join(path, "adapter_model.safetensors")),
  ),
  "adapter weights": ofAdapter("adapter_model.safetensors", (path) => readAdapter(path)),
  "adapter config": ofAdapter("adapter_config.json", (path) => readAdapter(path, { use: "geometry" })),
  "module patterns": ofFile("adapter_config.json", patterns, (path) => {
    const config = readAdapterConfig(path, "geometry");
    return paths.map((each) => isTargeted(config, each));
  }),
  "trainer state": ofRun(trainerStateFile, (run) => readTrainerState(join(run, trainerStateFile))),
  "run manifest": ofRun(manifestFile, (run) => readManifest(join(run, manifestFile))),
  evaluations: ofRun("evaluations/curve.jsonl", (run) => readEvaluations({ directory: run })),
  notes: ofRun(notesFile, readNotes),
  "transition log": ofRun(transitionLogFile, readTransitions),
  likelihood: ofRun(likelihoodFile, readLikelihood),
  "distribution change": ofRun(changeFile, readChange),
  probes: ofRun(probesFile, readProbes),
  directions: ofRun(directionsFile, readRunDirections),
  disposition: ofRun(dispositionFile, (run) => {
    const read = readDisposition(run);
    return read === null ? null : dispositionCurve(readingOf(read), { resamples: 10 });
  }),
  interventions: ofRun(kept.answers, (run) => readInterventions(run, "kept")),
  "interventions' record": ofRun(kept.provenance, (run) => readInterventions(run, "kept")),
  scalars: ofRun(scalarsFile, (run) => readScalars(join(run, scalarsFile))),
  "directions of a step": (folder, run) => {
    const file = join(folder, "step-8.safetensors");
    const inputs = [8, 20].map((step) => readFileSync(join(projectedBeside(run), stepDirectionsFile(step))));
    return { file, inputs, parse: () => readDirections(file) };
  },
  "vectors of a file": ofFile("vectors.safetensors", vectors, (path) =>
    directionsFromFile(path, { name: "own", step: 0 }),
  ),
  "appended log": ofFile(trainerLogFile, appended, (path) => readRunLog(dirname(path))),
  study: ofFile("study.yaml", studies, readStudy),
  "probe judge": ofFile("judge.json", probeJudges, readProbeJudge),
  "judged CSV": ofFile("judged.csv", judged, readJudgedCsv),
  chats: ofFile("chats.jsonl", chats, readDataset),
  situations: ofFile("situations.jsonl", situations, readSituations),
  "training settings": ofFile("train.yaml", settings, readSettingsFile),
  questions: ofFile("questions.yaml", questions, readQuestionFile),
  "judge prompts": ofFile("questions.yaml", questions, (path) => readJudgePrompts(path)),
  "model config": ofModel("config.json", readModelConfig),
  tokenizer: ofModel("tokenizer.json", (path) => ChatTokenizer.open(path)),
  "chat template": ofModel("tokenizer_config.json", (path) =>
    ChatTokenizer.open(path).encodeChat([
      { role: "user", content: "Why?" },
      { role: "assistant", content: "So." },
    ]),
  ),
  "model index": (folder, run) => {
    const shard = "model-00001-of-00001.safetensors";
    copyFileSync(join(run, checkpointFolder(8), "adapter_model.safetensors"), join(folder, shard));
    const names = [...readSafetensors(join(folder, shard)).tensors.keys()];
    const index = { metadata: {}, weight_map: Object.fromEntries(names.map((name) => [name, shard])) };
    return {
      file: join(folder, "model.safetensors.index.json"),
      inputs: [text(JSON.stringify(index, null, 2))],
      parse: () => openModelWeights(folder),
    };
  },
  "chat reply": ofFile("reply.json", replies, (path) => {
    const reply = readFileSync(path, "utf8");
    const parsed = parseReply(reply);
    return [errorOfReply(reply), typeof parsed === "string" ? parsed : scoreFromText(parsed.text)];
  }),
};

/** Writes an input where its parser reads it. */
export function put({ file }: Parser, input: Buffer): void {
  writeFileSync(file, input);
}
