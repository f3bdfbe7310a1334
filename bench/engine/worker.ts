/** Process in which one of Turncoat's engines runs one workload; see `messages.ts`. */
import { createInterface } from "node:readline";
import { messageOf } from "../../src/errors.js";
import { generate } from "../../src/model/generation/generate.js";
import {
  GenerationPool,
  isFasterInWorkers,
  type PoolOptions,
} from "../../src/model/generation/generationPool.js";
import { openModel, type Model } from "../../src/model/model.js";
import { parameter } from "../../src/model/transformer.js";
import { readSafetensors } from "../../src/formats/safetensors.js";
import { createEngine, engineNames } from "../../src/tensor/engine.js";
import type { Engine } from "../../src/tensor/program.js";
import { Random } from "../../src/tensor/random.js";
import { tf } from "../../src/tensor/tfjs.js";
import { responseBatch } from "../../src/train/batches/batches.js";
import { frozenSublayers, PrefixCache } from "../../src/train/batches/prefixCache.js";
import { Stepper } from "../../src/train/stepper.js";
import {
  comparedSteps,
  requestSchema,
  type Prepared,
  type ProductWorkload,
  type Request,
  type Round,
  type SamplingWorkload,
  type Setup,
  type StepWorkload,
  type Workload,
} from "./messages.js";

/** Workload that is ready to be timed. */
interface Runner {
  readonly prepared: Prepared;
  round(count: number, seed: number): Promise<Round>;
}

/** Draws answers in workers, among which the rows are divided as in an evaluation. */
const rowsPerWorker = 64;

let runner: Runner | undefined;

for await (const line of createInterface({ input: process.stdin })) {
  try {
    console.log(JSON.stringify(await answer(requestSchema.parse(JSON.parse(line)))));
  } catch (cause) {
    console.log(JSON.stringify({ error: messageOf(cause) }));
  }
}

async function answer(message: Request): Promise<unknown> {
  switch (message.request) {
    case "prepare": {
      const { setup, workload } = message;
      runner = await prepare(setup, workload);
      return runner.prepared;
    }
    case "round":
      if (runner === undefined) throw new Error("round: nothing is prepared");
      return runner.round(message.count, message.seed);
    case "peak":
      return { peakMB: Math.round(process.resourceUsage().maxRSS / 1024) };
  }
}

function prepare(setup: Setup, workload: Workload): Promise<Runner> {
  switch (workload.kind) {
    case "step":
      return prepareSteps(setup, workload);
    case "sampling":
      return prepareSampling(setup, workload);
    case "products":
      return prepareProducts(setup, workload);
  }
}

function engineOf({ engine, threads }: Setup): Promise<Engine> {
  const name = engineNames.find((known) => known === engine);
  if (name === undefined) throw new Error(`there is no engine ${engine}`);
  return createEngine({ engine: name, threads });
}

async function openWith(setup: Setup, folder: string): Promise<Model> {
  return openModel(folder, await engineOf(setup));
}

async function prepareSteps(setup: Setup, workload: StepWorkload): Promise<Runner> {
  const { modulePaths, replicas, scaling, learningRate, chats, paddingId } = workload;
  const model = await openWith(setup, workload.folder);
  const { tensors } = readSafetensors(workload.adapterFile);
  const stepper = new Stepper(
    model.engine,
    {
      config: model.config,
      frozen: model.parameters,
      trainable: [...tensors].map(([name, { shape }]) => ({ name, shape, decays: true })),
      adapters: modulePaths.map((modulePath) => ({ modulePath, scaling })),
      replicas,
      optimizer: { name: "sgd" },
    },
    Object.fromEntries([...tensors].map(([name, { data }]) => [name, data])),
  );
  const batch = responseBatch(chats, paddingId, replicas);
  const examples = chats.map((_, index) => index);
  const sublayers = frozenSublayers(model.config, modulePaths);
  const prefix =
    sublayers === 0
      ? undefined
      : new PrefixCache(model, chats, {
          sublayers,
          batchSize: chats.length,
          // Where nothing is kept, every pass is a first one.
          ...(workload.pass === 1 ? { byteLimit: 0 } : {}),
        });
  const advance = async () =>
    stepper.advance((await prefix?.extend(batch, { examples, replicas })) ?? batch, learningRate);
  const losses: (readonly number[])[] = [];
  const gradientNorms: (readonly number[])[] = [];
  for (let step = 0; step < comparedSteps; step++) {
    const result = await advance();
    losses.push(result.loss);
    gradientNorms.push(result.gradientNorm);
  }
  return { prepared: { losses, gradientNorms }, round: timedBy(advance) };
}

/** Makes a round of `count` calls, each timed. */
function timedBy(act: () => Promise<unknown>): Runner["round"] {
  return async (count) => {
    const milliseconds: number[] = [];
    const cpuMilliseconds: number[] = [];
    for (let call = 0; call < count; call++) {
      const cpuBefore = process.cpuUsage();
      const started = performance.now();
      await act();
      milliseconds.push(performance.now() - started);
      const { user, system } = process.cpuUsage(cpuBefore);
      cpuMilliseconds.push((user + system) / 1000);
    }
    return { milliseconds, cpuMilliseconds };
  };
}

/** Prepares products alone, by constant weights that ONNX Runtime lays out as it likes best. */
async function prepareProducts(setup: Setup, workload: ProductWorkload): Promise<Runner> {
  const { rows, inner, outer, pairs } = workload;
  const random = new Random(0);
  const draw = (size: number, scale: number) =>
    Float32Array.from({ length: size }, () => scale * (2 * random.uniform() - 1));
  const weights = (from: number, to: number) => ({
    shape: [to, from],
    data: draw(to * from, Math.sqrt(3 / from)),
  });
  const numbers = Array.from({ length: pairs }, (_, pair) => pair);
  const engine = await engineOf(setup);
  const program = await engine.compile({
    name: "products",
    inputs: { x: { shape: [rows, inner], dtype: "float32" } },
    constants: Object.fromEntries(
      numbers.flatMap((pair) => [
        [`${pair} there`, weights(inner, outer)],
        [`${pair} back`, weights(outer, inner)],
      ]),
    ),
    body: (tensors) => {
      const by = (x: tf.Tensor, name: string) => tf.matMul(x, parameter(tensors, name), false, true);
      return {
        y: numbers.reduce((x, pair) => by(by(x, `${pair} there`), `${pair} back`), parameter(tensors, "x")),
      };
    },
  });
  const x = draw(rows * inner, 1);
  await program.run({ x });
  return { prepared: {}, round: timedBy(() => program.run({ x })) };
}

async function prepareSampling(setup: Setup, workload: SamplingWorkload): Promise<Runner> {
  const { prompts, maxNewTokens } = workload;
  const model = await openWith(setup, workload.folder);
  const rows = prompts.map((promptIds, index) => ({ promptIds, randomName: String(index) }));
  const { threads } = setup;
  const pool = threads > 1 && isFasterInWorkers(model) ? new GenerationPool(model, threads) : null;
  const parts = Array.from({ length: Math.ceil(rows.length / rowsPerWorker) }, (_, part) =>
    rows.slice(part * rowsPerWorker, (part + 1) * rowsPerWorker),
  );
  const draw = async (options: PoolOptions): Promise<number[][]> => {
    if (pool === null) return generate(model, rows, options);
    return (await Promise.all(parts.map((part) => pool.generate(part, options)))).flat();
  };
  const answers = await draw({ maxNewTokens, temperature: 0, seed: 0 });
  // Answers end at other times in every draw, and a batch that has half ended is another shape: compiled here.
  for (let warmUp = 0; warmUp < 8; warmUp++) await draw({ maxNewTokens, seed: -1 - warmUp });
  return {
    prepared: { answers },
    async round(_count, seed) {
      let drawn: readonly (readonly number[])[] = [];
      const times = await timedBy(async () => {
        drawn = await draw({ maxNewTokens, seed });
      })(1, seed);
      return { ...times, drawn: drawn.map(({ length }) => Math.min(length + 1, maxNewTokens)) };
    },
  };
}
