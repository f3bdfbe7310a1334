import { Option } from "commander";
import { organismFolder } from "../../pipeline/packageRoot.js";

/** The option of commands that run a model of the user's, or else the embedded one. */
export function modelOption(): Option {
  return new Option("--model <folder>", "Hugging Face model folder").default(
    organismFolder(),
    "the embedded organism",
  );
}
