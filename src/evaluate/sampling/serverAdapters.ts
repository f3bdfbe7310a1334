import { existsSync, rmdirSync, rmSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import { messageOf, TurncoatError } from "../../errors.js";
import { checkpointKind } from "../../formats/checkpointKind.js";
import { sha256OfFile } from "../../formats/fileHash.js";
import type { JsonObject } from "../../formats/json.js";
import { adapterWeightsFile } from "../../formats/peft.js";
import { scaledAdaptersFolder } from "../../runs/layout.js";
import type { Checkpoint } from "../../runs/openRun.js";
import { HttpEndpoint, type EndpointOptions, type Refusal } from "../../endpoint/httpEndpoint.js";
import { writeScaledAdapter } from "./scaledAdapter.js";

/** Options for loading the adapters of a run onto a server. */
export interface ServerAdaptersOptions extends EndpointOptions {
  /** Folder of the run. */
  readonly directory: string;
  /** Path of that folder on the server. @default its absolute path here */
  readonly serverDirectory?: string;
  readonly onWarning?: (line: string) => void;
}

/** Time limit of unloading, in seconds: a failure must not hold up what follows for long. */
const unloadSeconds = 30;

/**
 * Client of a server that takes adapters at run time, as vLLM does: `POST /load_lora_adapter` and
 * `POST /unload_lora_adapter`.
 */
export class ServerAdapters {
  readonly #options: ServerAdaptersOptions;

  constructor(options: ServerAdaptersOptions) {
    this.#options = options;
  }

  /**
   * Loads a checkpoint's adapter, works with it under the name that it has on the server, and unloads it again, also
   * where the work fails.
   *
   * @throws TurncoatError where the server does not take it
   */
  async use(checkpoint: Checkpoint, scale: number, work: (name: string) => Promise<void>): Promise<void> {
    const kind = checkpointKind(checkpoint.path);
    if (kind !== "adapter") {
      const isVectors = kind === "vectors";
      throw new TurncoatError(
        `${checkpoint.path}: expected an adapter to load, found ${isVectors ? "a vector of the residual stream" : "the weights of a model"}`,
        {
          hint: isVectors
            ? "A server of LoRA adapters cannot add it: have Turncoat sample, without an endpoint."
            : "Have the server serve each checkpoint by name, and name them with --adapters served.",
        },
      );
    }
    // The server keeps what it computed for a prompt under the adapter's name: other weights need another name.
    const hash = sha256OfFile(join(checkpoint.path, adapterWeightsFile)).slice(0, 12);
    const name = `turncoat-step${checkpoint.step}-x${scale}-${hash}`;
    const { directory } = this.#options;
    const scaled = scale === 1 ? null : join(directory, scaledAdaptersFolder, name);
    try {
      if (scaled !== null) writeScaledAdapter(checkpoint.path, scale, scaled);
      await this.#load(name, this.#onServer(scaled ?? checkpoint.path));
      await work(name);
    } finally {
      await this.#unload(name);
      if (scaled !== null) removeScaled(directory, scaled);
    }
  }

  #onServer(path: string): string {
    const { directory, serverDirectory } = this.#options;
    return serverDirectory === undefined
      ? resolve(path)
      : `${serverDirectory.replace(/\/+$/, "")}/${relative(directory, path).replaceAll("\\", "/")}`;
  }

  async #load(name: string, path: string): Promise<void> {
    const body: JsonObject = { lora_name: name, lora_path: path };
    const isPresent = await this.#post("/load_lora_adapter", body, {
      // Left by a process that died. It is loaded anew, from where its folder lies now.
      meaning: ({ status, message }) => status === 400 && /already been loaded/i.test(message),
      hint: ({ status, message }) => loadingHint(status, message),
    });
    if (!isPresent) return;
    await this.#unload(name);
    await this.#post("/load_lora_adapter", body, {
      meaning: () => false,
      hint: ({ status, message }) => loadingHint(status, message),
    });
  }

  /** Unloads an adapter without ever failing, so that no sampled answer is lost over it. */
  async #unload(name: string): Promise<void> {
    try {
      await this.#post(
        "/unload_lora_adapter",
        { lora_name: name },
        {
          // Nothing of that name, because loading did not come about.
          meaning: ({ status }) => status === 404,
          hint: () => undefined,
        },
        { timeoutSeconds: unloadSeconds, retries: 1 },
      );
    } catch (error) {
      this.#options.onWarning?.(`the adapter ${name} was not unloaded: ${messageOf(error)}`);
    }
  }

  /**
   * Sends one command. It has an endpoint of its own, so that the end of sampling does not keep it from being sent, and
   * without the signal of an interruption, which would leave open whether the server has heard it.
   * @returns whether it was refused in the way that `meaning` knows
   */
  #post(
    path: string,
    body: JsonObject,
    refusals: {
      readonly meaning: (refusal: Refusal) => boolean;
      readonly hint: (refusal: Refusal) => string | undefined;
    },
    settings: Partial<EndpointOptions> = {},
  ): Promise<boolean> {
    return new HttpEndpoint({ ...this.#options, ...settings }).post(path, body, {
      success: () => ({ value: false }),
      refusal: (refusal) => {
        if (refusals.meaning(refusal)) return { value: true };
        const hint = refusals.hint(refusal);
        if (hint === undefined) return null;
        const { status, message } = refusal;
        throw new TurncoatError(`endpoint at ${this.#options.baseUrl}: ${path}: HTTP ${status}: ${message}`, {
          hint,
        });
      },
    });
  }
}

function loadingHint(status: number, message: string): string | undefined {
  if (/no adapter found|no such file|does not exist/i.test(message)) {
    return "The server has to see the run's folder; --server-run says where it lies there.";
  }
  if (status === 404) {
    return (
      "vLLM takes adapters at run time when it is started with --enable-lora and VLLM_ALLOW_RUNTIME_LORA_UPDATING=True; " +
      "what a server serves already is asked with --adapters served."
    );
  }
  return /rank/i.test(message) ? "Start the server with a --max-lora-rank that is large enough." : undefined;
}

function removeScaled(directory: string, folder: string): void {
  rmSync(folder, { recursive: true, force: true });
  const parent = join(directory, scaledAdaptersFolder);
  try {
    if (existsSync(parent)) rmdirSync(parent);
  } catch {
    // Another evaluation of the run has its adapters there.
  }
}
