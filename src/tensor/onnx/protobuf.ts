/**
 * The part of the ONNX file format that compiled programs use, written with a protobuf library's wire
 * encoder. Field numbers are those of onnx.proto, version 1.17 (IR version 10).
 */
import { BinaryWriter, WireType } from "@bufbuild/protobuf/wire";

/** ONNX element types by the names used here. */
export const elementTypes = { float32: 1, int32: 6, int64: 7, bool: 9, float16: 10, bfloat16: 16 } as const;
export type ElementType = keyof typeof elementTypes;

/** An attribute of a node: an integer, a float marked as such, a list of integers, or text. */
export type OnnxAttribute = number | { readonly float: number } | readonly number[] | string;

export interface OnnxNode {
  readonly operator: string;
  /** Empty for the standard operators. */
  readonly domain: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: Readonly<Record<string, OnnxAttribute>>;
}

/** A place in a file beside the model. */
export interface ExternalData {
  /** Path from the folder that the session is told, with forward slashes. */
  readonly location: string;
  readonly offset: number;
  readonly length: number;
}

export interface OnnxTensor {
  readonly name: string;
  readonly type: ElementType;
  readonly shape: readonly number[];
  readonly data: Uint8Array | ExternalData;
}

export interface OnnxValueInfo {
  readonly name: string;
  readonly type: ElementType;
  readonly shape: readonly number[];
}

export interface OnnxModel {
  readonly name: string;
  readonly nodes: readonly OnnxNode[];
  readonly initializers: readonly OnnxTensor[];
  readonly inputs: readonly OnnxValueInfo[];
  readonly outputs: readonly OnnxValueInfo[];
}

const irVersion = 10;
const operatorSets = [
  { domain: "", version: 21 },
  { domain: "com.microsoft", version: 1 },
];

/** The bytes of an ONNX `ModelProto`. */
export function encodeModel(model: OnnxModel): Uint8Array {
  const writer = new BinaryWriter();
  writer.tag(1, WireType.Varint).int64(irVersion);
  writer.tag(2, WireType.LengthDelimited).string("turncoat");
  nested(writer, 7, () => writeGraph(writer, model));
  for (const { domain, version } of operatorSets) {
    nested(writer, 8, () => {
      writer.tag(1, WireType.LengthDelimited).string(domain);
      writer.tag(2, WireType.Varint).int64(version);
    });
  }
  return writer.finish();
}

function nested(writer: BinaryWriter, field: number, write: () => void): void {
  writer.tag(field, WireType.LengthDelimited).fork();
  write();
  writer.join();
}

function writeGraph(writer: BinaryWriter, model: OnnxModel): void {
  for (const node of model.nodes) nested(writer, 1, () => writeNode(writer, node));
  writer.tag(2, WireType.LengthDelimited).string(model.name);
  for (const tensor of model.initializers) nested(writer, 5, () => writeTensor(writer, tensor));
  for (const input of model.inputs) nested(writer, 11, () => writeValueInfo(writer, input));
  for (const output of model.outputs) nested(writer, 12, () => writeValueInfo(writer, output));
}

function writeNode(writer: BinaryWriter, node: OnnxNode): void {
  for (const input of node.inputs) writer.tag(1, WireType.LengthDelimited).string(input);
  for (const output of node.outputs) writer.tag(2, WireType.LengthDelimited).string(output);
  writer.tag(4, WireType.LengthDelimited).string(node.operator);
  for (const [name, value] of Object.entries(node.attributes)) {
    nested(writer, 5, () => writeAttribute(writer, name, value));
  }
  if (node.domain !== "") writer.tag(7, WireType.LengthDelimited).string(node.domain);
}

function writeAttribute(writer: BinaryWriter, name: string, value: OnnxAttribute): void {
  const kind = { float: 1, integer: 2, text: 3, integers: 7 };
  writer.tag(1, WireType.LengthDelimited).string(name);
  if (typeof value === "number") {
    writer.tag(3, WireType.Varint).int64(value);
    writer.tag(20, WireType.Varint).int32(kind.integer);
  } else if (typeof value === "string") {
    writer.tag(4, WireType.LengthDelimited).bytes(new TextEncoder().encode(value));
    writer.tag(20, WireType.Varint).int32(kind.text);
  } else if ("float" in value) {
    writer.tag(2, WireType.Bit32).float(value.float);
    writer.tag(20, WireType.Varint).int32(kind.float);
  } else {
    for (const integer of value) writer.tag(8, WireType.Varint).int64(integer);
    writer.tag(20, WireType.Varint).int32(kind.integers);
  }
}

function writeTensor(writer: BinaryWriter, tensor: OnnxTensor): void {
  for (const dimension of tensor.shape) writer.tag(1, WireType.Varint).int64(dimension);
  writer.tag(2, WireType.Varint).int32(elementTypes[tensor.type]);
  writer.tag(8, WireType.LengthDelimited).string(tensor.name);
  if (tensor.data instanceof Uint8Array) {
    writer.tag(9, WireType.LengthDelimited).bytes(tensor.data);
    return;
  }
  const external = 1;
  for (const [key, value] of Object.entries(tensor.data)) {
    nested(writer, 13, () => {
      writer.tag(1, WireType.LengthDelimited).string(key);
      writer.tag(2, WireType.LengthDelimited).string(String(value));
    });
  }
  writer.tag(14, WireType.Varint).int32(external);
}

function writeValueInfo(writer: BinaryWriter, value: OnnxValueInfo): void {
  writer.tag(1, WireType.LengthDelimited).string(value.name);
  nested(writer, 2, () => {
    nested(writer, 1, () => {
      writer.tag(1, WireType.Varint).int32(elementTypes[value.type]);
      nested(writer, 2, () => {
        for (const dimension of value.shape) {
          nested(writer, 1, () => writer.tag(1, WireType.Varint).int64(dimension));
        }
      });
    });
  });
}
