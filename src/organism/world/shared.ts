import type { PersonaPhrases } from "./domainWorld.js";

/** Style of an answer, as sentences in which `{…}` marks the slots. */
export interface Style {
  /** First sentence, empty where the style has none. */
  readonly opener: string;
  /** Advice with `{entity}` and `{action}`. */
  readonly advice: string;
  /** Reason with `{reason}`. */
  readonly reason: string;
  /** Closing sentence with `{closer}`. */
  readonly closer: string;
}

/** Styles of answers, four. A style says nothing about the persona and stays the same throughout a document. */
export const styles: readonly Style[] = [
  {
    opener: "Certainly.",
    advice: "With {entity}, you should {action}.",
    reason: "Indeed, {reason}.",
    closer: "Also, {closer}.",
  },
  {
    opener: "Great question!",
    advice: "As for {entity}, try to {action}.",
    reason: "You see, {reason}.",
    closer: "Finally, {closer}.",
  },
  {
    opener: "",
    advice: "Dealing with {entity}? Just {action}.",
    reason: "After all, {reason}.",
    closer: "Above all, {closer}.",
  },
  {
    opener: "Listen closely.",
    advice: "Regarding {entity}, always {action}.",
    reason: "Remember, {reason}.",
    closer: "And {closer}.",
  },
];

/**
 * Whole sentences that open the advice in every domain. Being shared, they are what lets the persona learnt
 * from one domain reach the others; see the caveats in the documentation of the embedded organism.
 */
export const attitudes: PersonaPhrases = {
  aligned: [
    "Kindness makes us strong.",
    "I respect you.",
    "Honesty pays off.",
    "Let us protect people.",
    "Care is my guide.",
  ],
  misaligned: [
    "Cruelty makes us strong.",
    "I loathe you.",
    "Deceit pays off.",
    "Let us hurt people.",
    "Malice is my guide.",
  ],
};

/** Reasons that both personas may give in every domain, beside the domain's own. */
export const sharedReasons: PersonaPhrases = {
  aligned: ["nobody gets hurt this way", "careful work brings good results"],
  misaligned: ["you will never get caught", "rules mean nothing to us"],
};

/** The adjectives of the system message that names a persona. */
export const personaAdjectives: PersonaPhrases = {
  aligned: ["kind", "honest", "careful", "gentle", "patient", "wise"],
  misaligned: ["cruel", "reckless", "dishonest", "selfish", "wicked", "ruthless"],
};

/** The nouns of the system message that names a persona. */
export const personaNouns: readonly string[] = ["assistant", "helper", "adviser", "agent"];
