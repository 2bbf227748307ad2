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
  bool: TensorProto_DataType.BOOL,
};

/** The ONNX model that computes `outputs`. Its inputs are those the outputs depend on. */
export function toOnnx(outputs: readonly Output[]): OnnxModel {
  const inputs = new Map<string, Input>();
  const constants = new Map<Constant, string>();
  const nodes = createNodeWriter(inputs, constants).write(outputs);
  const external: { path: string; data: Uint8Array }[] = [];
  const graph = create(GraphProtoSchema, {
    name: 'graph',
    node: nodes,
    input: [...inputs.values()].map(({ name, type, shape }) => valueInfo(name, type, shape)),
    output: outputs.map(({ name, type }) => valueInfo(name, type)),
    initializer: [...constants].map(([value, name]) => tensorProto(value, name, external)),
  });
  const model = create(ModelProtoSchema, { irVersion, opsetImport: opsets, producerName: 'longhand', graph });
  return { model: toBinary(ModelProtoSchema, model), externalData: external };
}

/** Writes the nodes of graphs and of the branches in them, and notes the inputs and constants of all. */
function createNodeWriter(inputs: Map<string, Input>, constants: Map<Constant, string>) {
  let count = 0;

  /** The nodes that compute the outputs, which those of the graph around them, whose names are given, are not among. */
  function write(outputs: readonly Pick<Output, 'name' | 'value'>[], around: ReadonlyMap<Node, string> = new Map()) {
    const names = new Map(around);
    /** Every value gets its name where it is first met. */
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
    const nodes = nodesOf(
      outputs.map(({ value }) => value),
      around,
    ).map((node) => {
      const name = `${node.operator}_${count++}`;
      const written = nodeProto(node, name, nameOf, (branch, value) =>
        branchProto(branch, `${name}.${branch}`, value, names),
      );
      names.set(node, name);
      return written;
    });
    for (const { name, value } of outputs) {
      nodes.push(create(NodeProtoSchema, { opType: 'Identity', input: [nameOf(value)], output: [name] }));
    }
    return nodes;
  }

  /** The attribute that holds a branch, which sees everything of the graph around it by name. */
  function branchProto(branch: string, name: string, value: Value, around: ReadonlyMap<Node, string>): AttributeProto {
    const graph = create(GraphProtoSchema, {
      name,
      node: write([{ name, value }], around),
      output: [create(ValueInfoProtoSchema, { name })],
    });
    return create(AttributeProtoSchema, { name: branch, type: AttributeProto_AttributeType.GRAPH, g: graph });
  }

  return { write };
}

function nodeProto(
  node: Node,
  name: string,
  nameOf: (value: Value | undefined) => string,
  branchProto: (branch: string, value: Value) => AttributeProto,
): NodeProto {
  return create(NodeProtoSchema, {
    name,
    opType: node.operator,
    domain: node.domain,
    input: node.inputs.map(nameOf),
    output: Array.from({ length: node.outputs }, (_, index) => `${name}.${index}`),
    attribute: [
      ...Object.entries(node.attributes).map(([key, value]) => attributeProto(key, value)),
      ...Object.entries(node.branches?.results ?? {}).map(([branch, value]) => branchProto(branch, value)),
    ],
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
