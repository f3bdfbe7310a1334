import { TurncoatError, type AdapterAnalysis, type Analysis } from "turncoat";

/**
 * The adapter to draw: the one of a module path, else the first; undefined where the run kept none.
 * @throws TurncoatError for a module path that the run does not have
 */
export function adapterOf(analysis: Analysis, modulePath: string | undefined): AdapterAnalysis | undefined {
  if (modulePath === undefined) return analysis.adapters[0];
  const named = analysis.adapters.find(({ name }) => name === modulePath);
  if (named !== undefined) return named;
  const names = analysis.adapters.map(({ name }) => name);
  throw new TurncoatError(`--adapter: the run has no adapter on ${modulePath}`, {
    hint:
      names.length === 0
        ? "it has none at all"
        : `there are ${names.slice(0, 5).join(", ")}${names.length > 5 ? ", …" : ""}`,
  });
}
