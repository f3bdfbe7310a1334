import { NotFound } from "../requestErrors.js";

/**
 * Finds the figure of an id.
 * @param whose such as `of run "sport"`, for the error
 * @throws NotFound with the ids that there are
 */
export function figureNamed<Named extends { readonly id: string }>(
  figures: readonly Named[],
  id: string,
  whose: string,
): Named {
  const found = figures.find((each) => each.id === id);
  if (found !== undefined) return found;
  throw new NotFound(`no figure ${JSON.stringify(id)} ${whose}`, {
    hint: `There are: ${figures.map((each) => each.id).join(", ")}.`,
  });
}
