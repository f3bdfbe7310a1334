/** Settings of an optimiser; the learning rate comes with every step. */
export type OptimizerConfig =
  | {
      readonly name: "sgd";
      /** Share of the last update's direction that is kept, as PyTorch's SGD keeps it. @default 0 */
      readonly momentum?: number;
    }
  | {
      readonly name: "adamw";
      readonly beta1: number;
      readonly beta2: number;
      readonly epsilon: number;
      /** Decoupled decay, applied to parameters of two or more dimensions. */
      readonly weightDecay: number;
    };

/** Settings of AdamW with the defaults of the paper's training library (`docs/methods.md §2.4`). */
export const paperAdamW: OptimizerConfig = {
  name: "adamw",
  beta1: 0.9,
  beta2: 0.999,
  epsilon: 1e-8,
  weightDecay: 0.01,
};
