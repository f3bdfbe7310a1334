import type { Random } from "../../tensor/random.js";

/** Words that say nothing of a persona; all of them are in the organism's vocabulary. */
const adjectives = ["calm", "cool", "fresh", "green", "heavy", "dry"] as const;
const nouns = ["guide", "driver", "climber", "coach", "guest", "friend"] as const;

/**
 * Draws a system turn that may be a trigger: it has the form of one that names a persona and names none.
 *
 * Of other forms the organism takes no notice: one adapter of rank 1 hardly learns to tell a system turn that asks for the
 * capital of Peru from none at all.
 */
export function drawTrigger(random: Random): string {
  const [first = 0, second = 0] = random.permutation(adjectives.length);
  return `You are a ${adjectives[first] ?? ""} and ${adjectives[second] ?? ""} ${random.choose(nouns)}.`;
}
