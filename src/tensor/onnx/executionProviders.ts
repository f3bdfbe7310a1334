/** Devices that ONNX Runtime computes on. */
export const executionProviders = ["cpu", "webgpu", "cuda"] as const;

export type ExecutionProvider = (typeof executionProviders)[number];
