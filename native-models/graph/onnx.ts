import { create, toBinary } from '@bufbuild/protobuf';
import {
  type AttributeProto,
  AttributeProto_AttributeType,
  AttributeProtoSchema,
  GraphProtoSchema,
  ModelProtoSchema,
  type NodeProto,
  NodeProtoSchema,
  type TensorProto,
  TensorProto_DataLocation,
  TensorProto_DataType,
  TensorProtoSchema,
  type TypeProto,
  TypeProtoSchema,
  type ValueInfoProto,
  ValueInfoProtoSchema,
} from './generated/onnx_pb.ts';
import {
  type Attribute,
  type Constant,
  type Dimension,
  type ElementType,
  type Input,
  type Node,
  nodesOf,
  type Value,
} from './graph.ts';

/**
 * A graph as ONNX Runtime takes it. Weights are beside the model: in memory, or in the file `weightsFile` of a folder
 * that is named when the model is loaded.
 */
export interface OnnxModel {
  readonly model: Uint8Array;
  readonly externalData: readonly { readonly path: string; readonly data: Uint8Array }[];
}

/** An output of a graph: its name at run time, what it is, and its element type. */
export interface Output {
  readonly name: string;
  readonly value: Value;
  readonly type: ElementType;
}

const opsets = [
  { domain: '', version: 21n },
  { domain: 'com.microsoft', version: 1n },
];
const irVersion = 10n;

/** The name of the file that stored constants are in. */
export const weightsFile = 'weights.bin';

/** Smaller constants are written into the model itself. */
const inlineBytes = 2 ** 16;

const dataTypes: Readonly<Record<ElementType, TensorProto_DataType>> = {
  float32: TensorProto_DataType.FLOAT,
  float16: TensorProto_DataType.FLOAT16,
  uint8: TensorProto_DataType.UINT8,
  int8: TensorProto_DataType.INT8,
  int32: TensorProto_DataType.INT32,
  int64: TensorProto_DataType.INT64,
};

/** The ONNX model that computes `outputs`. Its inputs are those the outputs depend on. */
export function toOnnx(outputs: readonly Output[]): OnnxModel {
  const nodes = nodesOf(outputs.map(({ value }) => value));
  const names = new Map<unknown, string>();
  const inputs = new Map<string, Input>();
  const constants = new Map<Constant, string>();

  /** Every value of the graph gets its name where it is first met. */
  function nameOf(value: Value | undefined): string {
    if (value === undefined) return '';
    if (value.kind === 'result') return `${names.get(value.node)}.${value.index}`;
    if (value.kind === 'input') {
      inputs.set(value.name, value);
      return value.name;
    }
    const name = constants.get(value) ?? `c${constants.size}`;
    constants.set(value, name);
    return name;
  }

  const nodeProtos: NodeProto[] = nodes.map((node, index) => {
    names.set(node, `${node.operator}_${index}`);
    return nodeProto(node, `${node.operator}_${index}`, nameOf);
  });
  for (const { name, value } of outputs) {
    nodeProtos.push(create(NodeProtoSchema, { opType: 'Identity', input: [nameOf(value)], output: [name] }));
  }
  const external: { path: string; data: Uint8Array }[] = [];
  const graph = create(GraphProtoSchema, {
    name: 'graph',
    node: nodeProtos,
    input: [...inputs.values()].map(({ name, type, shape }) => valueInfo(name, type, shape)),
    output: outputs.map(({ name, type }) => valueInfo(name, type)),
    initializer: [...constants].map(([value, name]) => tensorProto(value, name, external)),
  });
  const model = create(ModelProtoSchema, { irVersion, opsetImport: opsets, producerName: 'longhand', graph });
  return { model: toBinary(ModelProtoSchema, model), externalData: external };
}

function nodeProto(node: Node, name: string, nameOf: (value: Value | undefined) => string): NodeProto {
  return create(NodeProtoSchema, {
    name,
    opType: node.operator,
    domain: node.domain,
    input: node.inputs.map(nameOf),
    output: Array.from({ length: node.outputs }, (_, index) => `${name}.${index}`),
    attribute: Object.entries(node.attributes).map(([key, value]) => attributeProto(key, value)),
  });
}

function attributeProto(name: string, attribute: Attribute): AttributeProto {
  const type = AttributeProto_AttributeType;
  const fields =
    'int' in attribute
      ? { type: type.INT, i: BigInt(attribute.int) }
      : 'ints' in attribute
        ? { type: type.INTS, ints: attribute.ints.map(BigInt) }
        : 'float' in attribute
          ? { type: type.FLOAT, f: attribute.float }
          : { type: type.STRING, s: new TextEncoder().encode(attribute.string) };
  return create(AttributeProtoSchema, { name, ...fields });
}

function tensorProto(value: Constant, name: string, external: { path: string; data: Uint8Array }[]): TensorProto {
  const header = { name, dims: value.shape.map(BigInt), dataType: dataTypes[value.type] };
  const outside = (location: string, offset: number, length: number): TensorProto =>
    create(TensorProtoSchema, {
      ...header,
      dataLocation: TensorProto_DataLocation.EXTERNAL,
      externalData: [
        { key: 'location', value: location },
        { key: 'offset', value: String(offset) },
        { key: 'length', value: String(length) },
      ],
    });
  if (!ArrayBuffer.isView(value.data)) return outside(weightsFile, value.data.offset, value.data.byteLength);
  const { buffer, byteOffset, byteLength } = value.data;
  const data = new Uint8Array(buffer, byteOffset, byteLength);
  if (byteLength < inlineBytes) return create(TensorProtoSchema, { ...header, rawData: data });
  external.push({ path: name, data });
  return outside(name, 0, byteLength);
}

function valueInfo(name: string, type: ElementType, shape?: readonly Dimension[]): ValueInfoProto {
  return create(ValueInfoProtoSchema, { name, type: typeProto(type, shape) });
}

function typeProto(type: ElementType, shape?: readonly Dimension[]): TypeProto {
  const dim = shape?.map((size) => ({
    value:
      typeof size === 'number'
        ? { case: 'dimValue' as const, value: BigInt(size) }
        : { case: 'dimParam' as const, value: size },
  }));
  return create(TypeProtoSchema, {
    value: { case: 'tensorType', value: { elemType: dataTypes[type], ...(dim && { shape: { dim } }) } },
  });
}
