import { textField } from "./urlFields.js";

/** Fields of the address of a study's page; there is one study, so that its key has no value. */
export const studyFields = { study: textField("study") } as const;
