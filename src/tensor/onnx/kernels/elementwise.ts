import { tf } from "../../tfjs.js";
import type { DType } from "../../tensorData.js";
import type { KernelCall, Operand, TraceKernel } from "../kernel.js";
import type { TracedTensor } from "../traceBackend.js";
import { TraceError } from "../refusal.js";

/** Kernels of one operand that ONNX has under some name. */
const unaryOperators = {
  Abs: "Abs",
  Acos: "Acos",
  Acosh: "Acosh",
  Asin: "Asin",
  Asinh: "Asinh",
  Atan: "Atan",
  Atanh: "Atanh",
  Ceil: "Ceil",
  Cos: "Cos",
  Cosh: "Cosh",
  Elu: "Elu",
  Erf: "Erf",
  Exp: "Exp",
  Floor: "Floor",
  Log: "Log",
  Neg: "Neg",
  Reciprocal: "Reciprocal",
  Relu: "Relu",
  Sigmoid: "Sigmoid",
  Sign: "Sign",
  Sin: "Sin",
  Sinh: "Sinh",
  Softplus: "Softplus",
  Sqrt: "Sqrt",
  Tan: "Tan",
  Tanh: "Tanh",
} as const;

/** Kernels of two broadcast operands whose result has their type. */
const binaryOperators = {
  RealDiv: "Div",
  Maximum: "Max",
  Minimum: "Min",
  Pow: "Pow",
} as const;

/** Kernels of two broadcast operands whose result is bool. */
const equalities = { Equal: "Equal", LogicalAnd: "And", LogicalOr: "Or" } as const;

/** Comparisons by size, which ONNX does not have for booleans. */
const orders = {
  Greater: "Greater",
  GreaterEqual: "GreaterOrEqual",
  Less: "Less",
  LessEqual: "LessOrEqual",
} as const;

/** Elementwise kernels, comparisons and selection. */
export const elementwiseKernels: Readonly<Record<string, TraceKernel>> = {
  ...mapValues(unaryOperators, (operator) => (call: KernelCall) => unary(call, operator)),
  ...mapValues(binaryOperators, (operator) => (call: KernelCall) => binary(call, operator)),
  ...mapValues(equalities, (operator) => (call: KernelCall) => binary(call, operator, "bool")),
  ...mapValues(orders, (operator) => (call: KernelCall) => {
    const { a, b, shape } = broadcast(call);
    const type = a.dtype === "bool" ? "int32" : a.dtype;
    return call.node(operator, [call.cast(a, type), call.cast(b, type)], shape, "bool");
  }),
  Add: (call) => {
    const { a, b, shape } = broadcast(call);
    return (
      unchanged(call, a, b, 0, shape) ??
      unchanged(call, b, a, 0, shape) ??
      binary(call, sumOperator(call, a, b))
    );
  },
  Sub: (call) => {
    const { a, b, shape } = broadcast(call);
    return unchanged(call, a, b, 0, shape) ?? binary(call, "Sub");
  },
  Multiply: (call) => {
    const { a, b, shape } = broadcast(call);
    return unchanged(call, a, b, 1, shape) ?? unchanged(call, b, a, 1, shape) ?? binary(call, "Mul");
  },
  NotEqual: (call) => {
    const equal = binary(call, "Equal", "bool");
    return call.node("Not", [equal.value], equal.shape, "bool");
  },
  LogicalNot: (call) => unary(call, "Not"),
  Round: (call) => {
    const x = call.input("x");
    return x.dtype === "float32" ? unary(call, "Round") : call.result(x.value, x.shape, x.dtype);
  },
  Rsqrt: (call) => {
    const x = call.input("x");
    return call.node("Reciprocal", [call.graph.node("Sqrt", [x.value])], x.shape, x.dtype);
  },
  Square: (call) => {
    const x = call.input("x");
    return call.node("Mul", [x.value, x.value], x.shape, x.dtype);
  },
  SquaredDifference: (call) => {
    const difference = binary(call, "Sub");
    return call.node("Mul", [difference.value, difference.value], difference.shape, difference.dtype);
  },
  FloorDiv: (call) => {
    const { a, b, shape } = broadcast(call);
    if (a.dtype === "float32") {
      // The result is int32 in TensorFlow.js, whatever the operands are.
      const value = call.graph.node("Floor", [call.graph.node("Div", [a.value, b.value])]);
      return call.result(call.cast({ value, dtype: "float32" }, "int32"), shape, "int32");
    }
    // ONNX divides integers towards zero; TensorFlow.js rounds down. Mod of ONNX has the divisor's sign.
    const remainder = call.graph.node("Mod", [a.value, b.value]);
    const exact = call.graph.node("Sub", [a.value, remainder]);
    return call.node("Div", [exact, b.value], shape, a.dtype);
  },
  Mod: (call) => {
    // The result has the divisor's sign. For floats ONNX only has the remainder of C, with the dividend's.
    const { a, b, shape } = broadcast(call);
    if (a.dtype !== "float32") return call.node("Mod", [a.value, b.value], shape, a.dtype);
    const { graph } = call;
    const zero = call.scalar(0, a.dtype);
    const remainder = graph.node("Mod", [a.value, b.value], { fmod: 1 });
    const moved = graph.node("Mod", [graph.node("Add", [remainder, b.value]), b.value], { fmod: 1 });
    const alike = graph.node("Equal", [
      graph.node("Less", [a.value, zero]),
      graph.node("Less", [b.value, zero]),
    ]);
    return call.select(alike, remainder, moved, shape, a.dtype);
  },
  Atan2: (call) => {
    const { a, b, shape } = broadcast(call);
    const { graph } = call;
    const [y, x] = [call.cast(a, "float32"), call.cast(b, "float32")];
    const zero = call.scalar(0, "float32");
    // The reciprocal tells −0 from 0.
    const negative = (value: string): string =>
      graph.node("Or", [
        graph.node("Less", [value, zero]),
        graph.node("Less", [graph.node("Reciprocal", [value]), zero]),
      ]);
    const angle = graph.node("Atan", [graph.node("Div", [y, x])]);
    // 0 / 0 is no number, but the angle of (0, 0) is that of the axis it is approached on.
    const right = graph.node("Where", [graph.node("Equal", [y, zero]), y, angle]);
    const [down, up] = [call.scalar(-Math.PI, "float32"), call.scalar(Math.PI, "float32")];
    const half = graph.node("Where", [negative(y), down, up]);
    const turn = graph.node("Where", [negative(x), half, zero]);
    return call.node("Add", [right, turn], shape, "float32");
  },
  AddN: (call) => {
    const [first, ...others] = call.inputList();
    if (first === undefined) throw new TraceError("AddN came without tensors");
    const sum = others.reduce((total, { value }) => call.graph.node("Add", [total, value]), first.value);
    return call.result(sum, first.shape, first.dtype);
  },
  IsNan: (call) => classified(call, ["IsNaN"]),
  IsInf: (call) => classified(call, ["IsInf"]),
  IsFinite: (call) => {
    const { value, shape } = classified(call, ["IsNaN", "IsInf"]);
    return call.node("Not", [value], shape, "bool");
  },
  Expm1: (call) => {
    // tanh(x/2) · (eˣ + 1) keeps the digits that eˣ − 1 loses near 0.
    const x = call.input("x");
    const half = call.graph.node("Mul", [x.value, call.scalar(0.5, x.dtype)]);
    const sum = call.graph.node("Add", [call.graph.node("Exp", [x.value]), call.scalar(1, x.dtype)]);
    return call.node("Mul", [call.graph.node("Tanh", [half]), sum], x.shape, x.dtype);
  },
  Log1p: (call) => {
    // x · log(u) / (u − 1) with u = 1 + x makes up for the digits that u loses near 0 (Kahan).
    const x = call.input("x");
    const one = call.scalar(1, x.dtype);
    const u = call.graph.node("Add", [x.value, one]);
    const lost = call.graph.node("Sub", [u, one]);
    const tiny = call.graph.node("Equal", [lost, call.scalar(0, x.dtype)]);
    const divisor = call.graph.node("Where", [tiny, one, lost]);
    const scaled = call.graph.node("Mul", [
      call.graph.node("Log", [u]),
      call.graph.node("Div", [x.value, divisor]),
    ]);
    return call.select(tiny, x.value, scaled, x.shape, x.dtype);
  },
  Step: (call) => {
    const x = call.input("x");
    const positive = call.graph.node("Greater", [x.value, call.scalar(0, x.dtype)]);
    const otherwise = call.scalar(call.number("alpha", 0), x.dtype);
    return call.select(positive, call.scalar(1, x.dtype), otherwise, x.shape, x.dtype);
  },
  ClipByValue: (call) => {
    const x = call.input("x");
    const low = call.scalar(call.number("clipValueMin"), x.dtype);
    const high = call.scalar(call.number("clipValueMax"), x.dtype);
    return call.node("Clip", [x.value, low, high], x.shape, x.dtype);
  },
  Select: (call) => {
    const condition = call.input("condition");
    const chosen = call.input("t");
    const otherwise = call.input("e");
    const shape = tf.broadcast_util.assertAndGetBroadcastShape(
      tf.broadcast_util.assertAndGetBroadcastShape([...condition.shape], [...chosen.shape]),
      [...otherwise.shape],
    );
    return call.select(condition.value, chosen.value, otherwise.value, shape, chosen.dtype);
  },
  Cast: (call) => {
    const x = call.input("x");
    const dtype = call.text("dtype");
    if (dtype !== "float32" && dtype !== "int32" && dtype !== "bool") {
      throw new TraceError(`a cast to ${dtype} cannot be compiled; use float32, int32 or bool`);
    }
    return call.result(call.cast(x, dtype), x.shape, dtype);
  },
};

function unary(call: KernelCall, operator: string): TracedTensor {
  const x = call.input("x");
  return call.node(operator, [x.value], x.shape, x.dtype);
}

/** Tells of each number whether it is of one of some kinds, such as NaN; integers are of none. */
function classified(call: KernelCall, operators: readonly string[]): TracedTensor {
  const x = call.input("x");
  const floats = call.cast(x, "float32");
  const kinds = operators.map((operator) => call.graph.node(operator, [floats]));
  return call.result(
    kinds.reduce((one, other) => call.graph.node("Or", [one, other])),
    x.shape,
    "bool",
  );
}

function broadcast(call: KernelCall) {
  const a = call.input("a");
  const b = call.input("b");
  const shape = tf.broadcast_util.assertAndGetBroadcastShape([...a.shape], [...b.shape]);
  return { a, b, shape };
}

function binary(call: KernelCall, operator: string, dtype?: DType): TracedTensor {
  const { a, b, shape } = broadcast(call);
  return call.node(operator, [a.value, b.value], shape, dtype ?? a.dtype);
}

/**
 * The result where the other operand changes nothing: gradients multiply by ones and add to zeros. A zero that
 * is added to −0 would make it 0, which no other operation here tells from it but a division by it.
 */
function unchanged(
  call: KernelCall,
  x: Operand,
  other: Operand,
  neutral: number,
  shape: readonly number[],
): TracedTensor | undefined {
  if (x.dtype !== other.dtype || x.dtype === "bool" || call.graph.repeated(other.value) !== neutral) {
    return undefined;
  }
  if (tf.util.arraysEqual([...x.shape], [...shape])) return call.result(x.value, shape, x.dtype);
  return call.node("Expand", [x.value, call.graph.integers(shape)], shape, x.dtype);
}

/** ONNX Runtime draws a `Sum` with a matrix product into the product; an `Add` it leaves apart. */
function sumOperator({ graph }: KernelCall, a: Operand, b: Operand): "Add" | "Sum" {
  const isProduct = ({ value, dtype }: Operand) => dtype === "float32" && graph.operatorOf(value) === "Gemm";
  return isProduct(a) || isProduct(b) ? "Sum" : "Add";
}

function mapValues<Key extends string, From, To>(
  record: Readonly<Record<Key, From>>,
  transform: (value: From) => To,
): Record<string, To> {
  return Object.fromEntries(Object.entries<From>(record).map(([key, value]) => [key, transform(value)]));
}
