import type { AdapterConfig } from "./adapterConfig.js";
import { boundedMatch } from "./boundedMatch.js";
import { enclosedPattern } from "./pythonPattern.js";

/**
 * Tells whether PEFT adapts a module: by `target_modules` as one regular expression for the whole path, as endings of
 * paths, or as "all-linear", which leaves out the output projection; `layers_to_transform` and `layers_pattern`;
 * `exclude_modules`. Source: `check_target_module_exists` of peft 0.21.
 */
export function isTargeted(config: AdapterConfig, modulePath: string): boolean {
  const { targetModules: targets, excludeModules: excluded = null } = config;
  if (excluded !== null && excluded.length > 0 && isNamed(excluded, modulePath, "exclude_modules")) {
    return false;
  }
  if (typeof targets === "string" && targets.toLowerCase() === "all-linear") return modulePath !== "lm_head";
  if (typeof targets === "string") return isNamed(targets, modulePath, "target_modules");
  // A whole path is taken as it is, whatever its layer.
  if (targets.includes(modulePath)) return true;
  return isNamed(targets, modulePath, "target_modules") && isChosenLayer(config, modulePath);
}

function isNamed(names: readonly string[] | string, modulePath: string, option: string): boolean {
  if (typeof names === "string") {
    return boundedMatch(enclosedPattern("^", names, "$"), modulePath, option) !== null;
  }
  return names.some((name) => modulePath === name || modulePath.endsWith(`.${name}`));
}

function isChosenLayer({ layersToTransform, layersPattern }: AdapterConfig, modulePath: string): boolean {
  if (layersToTransform === null || layersToTransform.length === 0) return true;
  const layer = layerIndex(modulePath, layersPattern ?? []);
  return layer !== undefined && layersToTransform.includes(layer);
}

/** Finds the first number in a path after a name, or after one of `patterns`. */
function layerIndex(modulePath: string, patterns: readonly string[] | string): number | undefined {
  const names = typeof patterns === "string" ? [patterns] : patterns;
  if (names.length === 0 || patterns === "") {
    const index = /^.*?\.[^.]*\.(\d+)\./.exec(modulePath)?.[1];
    return index === undefined ? undefined : Number(index);
  }
  for (const name of names) {
    const expression = enclosedPattern("^(?:.*?\\.)?", name, "\\.(?<index>\\d+)\\.");
    const match = boundedMatch(expression, modulePath, "layers_pattern");
    const index = match?.groups.index ?? match?.first;
    if (index !== undefined) return Number(index);
  }
  return undefined;
}
