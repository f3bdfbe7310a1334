/** The process in which one of Turncoat's engines runs one workload; see `messages.ts`. */
import { createInterface } from "node:readline";
import { messageOf } from "../src/errors.js";
import { generate } from "../src/model/generate.js";
import { openModel } from "../src/model/model.js";
import { projectionFeatures } from "../src/model/parameters.js";
import { createEngine, engineNames } from "../src/tensor/engine.js";
import { responseBatch } from "../src/train/batches.js";
import { frozenSublayers, PrefixCache } from "../src/train/prefixCache.js";
import { Stepper } from "../src/train/stepper.js";
import {
  comparedSteps,
  requestSchema,
  type Prepared,
  type Request,
  type Round,
  type SamplingWorkload,
  type Setup,
  type StepWorkload,
} from "./messages.js";

/** A workload that is ready to be timed. */
interface Runner {
  readonly prepared: Prepared;
  round(count: number, seed: number): Promise<Round>;
}

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
      runner =
        workload.kind === "step"
          ? await prepareSteps(setup, workload)
          : await prepareSampling(setup, workload);
      return runner.prepared;
    }
    case "round":
      if (runner === undefined) throw new Error("round: nothing is prepared");
      return runner.round(message.count, message.seed);
    case "peak":
      return { peakMB: Math.round(process.resourceUsage().maxRSS / 1024) };
  }
}

async function openWith({ engine, threads }: Setup, folder: string) {
  const name = engineNames.find((known) => known === engine);
  if (name === undefined) throw new Error(`there is no engine ${engine}`);
  return openModel(folder, await createEngine({ engine: name, threads }));
}

async function prepareSteps(setup: Setup, workload: StepWorkload): Promise<Runner> {
  const { modulePath, replicas, scaling, learningRate, chats, paddingId } = workload;
  const model = await openWith(setup, workload.folder);
  const { inFeatures, outFeatures } = projectionFeatures(model.config, "down_proj");
  const readName = `${modulePath}.lora_A`;
  const writeName = `${modulePath}.lora_B`;
  const stepper = new Stepper(
    model.engine,
    {
      config: model.config,
      frozen: model.parameters,
      trainable: [
        { name: readName, shape: [replicas, 1, inFeatures], decays: true },
        { name: writeName, shape: [replicas, outFeatures, 1], decays: true },
      ],
      adapters: [{ modulePath, scaling }],
      replicas,
      optimizer: { name: "sgd" },
    },
    { [readName]: Float32Array.from(workload.loraA), [writeName]: Float32Array.from(workload.loraB) },
  );
  const batch = responseBatch(chats, paddingId, replicas);
  const examples = chats.map((_, index) => index);
  const prefix = new PrefixCache(model, chats, {
    sublayers: frozenSublayers(model.config.layers, [modulePath]),
    batchSize: chats.length,
    // Where nothing is kept, every pass is a first one.
    ...(workload.pass === 1 ? { byteLimit: 0 } : {}),
  });
  const advance = async () => stepper.advance(await prefix.extend(batch, examples, replicas), learningRate);
  const losses: (readonly number[])[] = [];
  const gradientNorms: (readonly number[])[] = [];
  for (let step = 0; step < comparedSteps; step++) {
    const result = await advance();
    losses.push(result.loss);
    gradientNorms.push(result.gradientNorm);
  }
  return {
    prepared: { losses, gradientNorms },
    async round(count) {
      const milliseconds: number[] = [];
      for (let step = 0; step < count; step++) {
        const started = performance.now();
        await advance();
        milliseconds.push(performance.now() - started);
      }
      return { milliseconds };
    },
  };
}

async function prepareSampling(setup: Setup, workload: SamplingWorkload): Promise<Runner> {
  const { prompts, maxNewTokens } = workload;
  const model = await openWith(setup, workload.folder);
  const rows = prompts.map((promptIds, index) => ({ promptIds, randomName: String(index) }));
  return {
    prepared: { answers: await generate(model, rows, { maxNewTokens, temperature: 0, seed: 0 }) },
    async round(_count, seed) {
      const started = performance.now();
      const answers = await generate(model, rows, { maxNewTokens, seed });
      const milliseconds = [performance.now() - started];
      return { milliseconds, drawn: answers.map(({ length }) => Math.min(length + 1, maxNewTokens)) };
    },
  };
}
