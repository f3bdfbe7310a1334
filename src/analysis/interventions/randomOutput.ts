import type { LoraModule } from "../../formats/peft.js";
import type { Random } from "../../tensor/random.js";
import { randomTwin } from "./randomTwin.js";

/**
 * Makes the random twin of an adapter: it reads as it did, and what it writes lies along random directions of the same
 * length, ‖B‖ in all.
 */
export function randomOutput(module: LoraModule, random: Random, draw: number): LoraModule {
  const stream = random.fork(`random output ${draw} of ${module.modulePath}`);
  return { ...module, loraB: randomTwin(module.loraB, stream) };
}
