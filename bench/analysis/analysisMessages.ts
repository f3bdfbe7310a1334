/** Messages between the benchmark of the analysis and the processes that it times; see `lineProcess.ts`. */
import { z } from "zod";

/** Solvers with which scikit-learn decomposes. */
export interface SklearnSetting {
  readonly solver: "arpack" | "randomized" | "covariance_eigh" | "full";
  readonly dtype: "float32" | "float64";
}

export type AnalysisRequest =
  /** Reads a trajectory, float32, row-major. */
  | {
      readonly request: "load";
      readonly path: string;
      readonly dimension: number;
      readonly setting?: SklearnSetting;
    }
  | { readonly request: "pca"; readonly components: number }
  /** Reads a run from its folder, or reads and analyses it and writes the record as JSON. */
  | { readonly request: "trajectories"; readonly directory: string }
  | {
      readonly request: "analyze";
      readonly directory: string;
      /** What products of many adapters are of. @default as for anybody */
      readonly products?: "exact" | "projected" | undefined;
    }
  | { readonly request: "peak" };

export const analysisRequestSchema: z.ZodType<AnalysisRequest> = z.discriminatedUnion("request", [
  z.object({ request: z.literal("load"), path: z.string(), dimension: z.number() }),
  z.object({ request: z.literal("pca"), components: z.number() }),
  z.object({ request: z.literal("trajectories"), directory: z.string() }),
  z.object({
    request: z.literal("analyze"),
    directory: z.string(),
    products: z.enum(["exact", "projected"]).optional(),
  }),
  z.object({ request: z.literal("peak") }),
]);

export const loadedSchema = z.object({});

/** Wall-clock and processor time; under load the two differ. */
export const timeSchema = z.object({ seconds: z.number(), cpuSeconds: z.number() });

export const pcaSchema = timeSchema.extend({
  /** Share of the variance of each component. */
  ratio: z.array(z.number()),
  /** Magnitudes of the scores of the last row. */
  lastScore: z.array(z.number()),
});

export const trajectoriesSchema = timeSchema.extend({ checkpoints: z.number() });

/** Local cosines of a whole update, one window after the other, and their stated errors; null where undefined. */
const localCosinesSchema = z.object({
  values: z.array(z.number().nullable()),
  errors: z.array(z.number().nullable()).nullable(),
});

export type LocalCosines = z.infer<typeof localCosinesSchema>;

export const analyzeSchema = timeSchema.extend({
  jsonMB: z.number(),
  transitions: z.array(z.string()),
});

export const analyzeWholeSchema = analyzeSchema.extend({ whole: localCosinesSchema.nullable() });
