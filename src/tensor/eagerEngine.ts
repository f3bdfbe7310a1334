import { tf } from "./tfjs.js";
import { checkFeeds } from "./checkFeeds.js";
import { inMemory } from "./fileSlice.js";
import {
  dtypeOf,
  type Engine,
  type EngineDescription,
  type Program,
  type ProgramDefinition,
} from "./program.js";
import type { TensorData, TensorValues } from "./tensorData.js";

/** Makes an engine that runs programs op by op on the TensorFlow.js backend of the given name. */
export function createEagerEngine(backendName: string, description: EngineDescription): Engine {
  return {
    description,
    compile: (definition) => Promise.resolve(new EagerProgram(backendName, definition)),
  };
}

class EagerProgram implements Program {
  readonly #backendName: string;
  readonly #definition: ProgramDefinition;
  #constants: Record<string, tf.Tensor> | undefined;

  constructor(backendName: string, definition: ProgramDefinition) {
    this.#backendName = backendName;
    this.#definition = definition;
  }

  async run(
    feeds: Readonly<Record<string, TensorValues>>,
    outputs: Readonly<Record<string, TensorValues>> = {},
  ): Promise<Record<string, TensorData>> {
    checkFeeds(this.#definition, feeds);
    if (tf.getBackend() !== this.#backendName) await tf.setBackend(this.#backendName);
    this.#constants ??= this.#uploadConstants();
    const constants = this.#constants;
    const results = tf.tidy(() => {
      const tensors = { ...constants };
      for (const [name, { shape }] of Object.entries(this.#definition.inputs)) {
        const values = feeds[name];
        if (values !== undefined) tensors[name] = upload({ shape, data: values });
      }
      // Clones share the values; disposing them leaves a constant that the body gave back in place.
      const outputTensors = Object.entries(this.#definition.body(tensors));
      return Object.fromEntries(outputTensors.map(([name, tensor]) => [name, tensor.clone()]));
    });
    const read: Record<string, TensorData> = {};
    for (const [name, tensor] of Object.entries(results)) {
      const data = await tensor.data();
      const target = outputs[name];
      target?.set(data);
      read[name] = { shape: [...tensor.shape], data: target ?? data };
    }
    tf.dispose(results);
    return read;
  }

  dispose(): Promise<void> {
    tf.dispose(this.#constants ?? {});
    this.#constants = undefined;
    return Promise.resolve();
  }

  #uploadConstants(): Record<string, tf.Tensor> {
    return Object.fromEntries(
      Object.entries(this.#definition.constants ?? {}).map(([name, value]) => [
        name,
        tf.keep(upload(inMemory(value))),
      ]),
    );
  }
}

function upload({ shape, data }: TensorData): tf.Tensor {
  return tf.tensor(data, [...shape], dtypeOf(data));
}
