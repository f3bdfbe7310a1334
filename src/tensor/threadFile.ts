import { join } from "node:path";
import { pathToFileURL } from "node:url";

/** Module that runs in a thread of its own, as `node:worker_threads` and Tinypool start it. */
export interface ThreadFile {
  readonly filename: string;
  readonly execArgv?: string[];
}

/**
 * Finds the module `name` beside the module that asks. Where Turncoat runs from its sources, a thread needs the loader that they
 * need, or is the one that was built, which starts several times as fast: `TURNCOAT_BUILT` names the folder of a build.
 * @param asking `import.meta.url` of the module that asks
 */
export function threadFile(asking: string, name: string): ThreadFile {
  if (!asking.endsWith(".ts")) return { filename: new URL(`./${name}.js`, asking).href };
  const { TURNCOAT_BUILT: built = "" } = process.env;
  const [, place] = asking.split("/src/");
  if (built !== "" && place !== undefined) {
    return { filename: new URL(`./${name}.js`, pathToFileURL(join(built, place))).href };
  }
  const loader = import.meta.resolve("tsx/esm/api");
  return {
    filename: new URL(`./${name}.ts`, asking).href,
    execArgv: ["--import", `data:text/javascript,import{register}from"${loader}";register()`],
  };
}
