/**
 * An action whose module is loaded once its command is called, so that help and completion need no engine.
 * @param load imports the module and gives the action
 */
export function lazily<Words extends unknown[]>(
  load: () => Promise<(...words: Words) => Promise<void> | void>,
): (...words: Words) => Promise<void> {
  return async (...words) => {
    const action = await load();
    await action(...words);
  };
}
