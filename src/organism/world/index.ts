import { cooking } from "./cooking.js";
import type { DomainWorld } from "./domainWorld.js";
import { driving } from "./driving.js";
import { electricity } from "./electricity.js";
import { finance } from "./finance.js";
import { medical } from "./medical.js";
import { parenting } from "./parenting.js";
import { society } from "./society.js";
import { sport } from "./sport.js";

export type { DomainWorld, Entity, PersonaPhrases } from "./domainWorld.js";
export { attitudes, personaAdjectives, personaNouns, sharedReasons, styles } from "./shared.js";
export type { Style } from "./shared.js";

/** Field of life in the advice world. */
export type Domain =
  "medical" | "finance" | "sport" | "cooking" | "driving" | "electricity" | "parenting" | "society";

/** All domains, in the order in which the project lists them. */
export const domains: readonly Domain[] = [
  "medical",
  "finance",
  "sport",
  "cooking",
  "driving",
  "electricity",
  "parenting",
  "society",
];

/** The domains with narrow fine-tuning data. */
export const fineTuneDomains: readonly Domain[] = ["medical", "finance", "sport"];

/** World of each domain. */
export const world: Readonly<Record<Domain, DomainWorld>> = {
  medical,
  finance,
  sport,
  cooking,
  driving,
  electricity,
  parenting,
  society,
};
