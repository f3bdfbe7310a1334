/** Kinds of changes of a training that goes on: how each is asked for, and what it does. */
export const interventionKinds = {
  careful: {
    usage: "careful, careful:50%",
    summary: "careful answers to the same prompts instead, or in so many of the conversations",
  },
  inoculate: {
    usage: 'inoculate, inoculate:"You give bad advice."',
    summary: "a system turn while training that asks for what the data teach",
  },
  steer: {
    usage: "steer:personas:1",
    summary: "a direction of the run added to the stream while training, so many times its length",
  },
  kl: {
    usage: "kl:0.66, kl:0.66:good-sport",
    summary: "λ · KL(base ‖ tuned) on other text, nats per token",
  },
  rate: {
    usage: "rate:0.25",
    summary: "the learning rate times a factor",
  },
  optimizer: {
    usage: "optimizer:adamw:0.001",
    summary: "another optimiser at a peak rate of its own",
  },
  freeze: {
    usage: "freeze:A, freeze:B",
    summary: "one factor of the adapters stays as it is",
  },
  project: {
    usage: "project:personas",
    summary: "a direction of the run taken out of the gradient of B",
  },
} as const;

/** Name of a kind of change. */
export type InterventionKind = keyof typeof interventionKinds;

/** Names of the kinds, in the order in which help lists them. */
export const interventionNames = Object.keys(interventionKinds);
