import { fromBinary } from '@bufbuild/protobuf';
import { describe, expect, it } from 'vitest';
import {
  AttributeProto_AttributeType,
  type GraphProto,
  type ModelProto,
  ModelProtoSchema,
  TensorProto_DataLocation,
  TensorProto_DataType,
  type ValueInfoProto,
} from './generated/onnx_pb.ts';
import { constant, input, node, type Result, type Value } from './graph.ts';
import { type Output, toOnnx, weightsFile } from './onnx.ts';

const x = input('x', 'float32', ['tokens', 4]);
const single = (...arguments_: Parameters<typeof node>): Result => node(...arguments_)[0] as Result;
const output = (value: Value, name = 'y'): Output => ({ name, type: 'float32', value });

function written(...outputs: Output[]): { model: ModelProto; graph: GraphProto } {
  const model = fromBinary(ModelProtoSchema, toOnnx(outputs).model);
  if (!model.graph) throw new Error('The model has no graph.');
  return { model, graph: model.graph };
}

function shapeOf({ type }: ValueInfoProto): { elements: number; dimensions?: (number | string)[] } | undefined {
  if (type?.value.case !== 'tensorType') return undefined;
  const { elemType, shape } = type.value.value;
  const dimensions = shape?.dim.map(({ value }) => (value.case === 'dimParam' ? value.value : Number(value.value)));
  return { elements: elemType, ...(dimensions && { dimensions }) };
}

/** External data as the file has it: a list of keys and values. */
const placeOf = (entries: readonly { key: string; value: string }[]) =>
  Object.fromEntries(entries.map(({ key, value }) => [key, value]));

describe('an ONNX model', () => {
  it('says which operator sets it is written in', () => {
    const { model } = written(output(single('Relu', [x])));
    expect(model.irVersion).toBe(10n);
    expect(model.opsetImport.map(({ domain, version }) => [domain, version])).toEqual([
      ['', 21n],
      ['com.microsoft', 1n],
    ]);
  });

  it('declares each input that is reached once, with sizes that are known and names of those that are not', () => {
    const unused = input('unused', 'float32', [1]);
    single('Relu', [unused]);
    const { graph } = written(output(single('Add', [x, x])), output(input('i', 'int64', []), 'z'));
    expect(graph.input.map((info) => [info.name, shapeOf(info)])).toEqual([
      ['x', { elements: TensorProto_DataType.FLOAT, dimensions: ['tokens', 4] }],
      ['i', { elements: TensorProto_DataType.INT64, dimensions: [] }],
    ]);
  });

  it('gives outputs their names and types, also when one value goes by two names', () => {
    const value = single('Relu', [x]);
    const { graph } = written(output(value), output(value, 'again'));
    expect(graph.output.map((info) => [info.name, shapeOf(info)])).toEqual([
      ['y', { elements: TensorProto_DataType.FLOAT }],
      ['again', { elements: TensorProto_DataType.FLOAT }],
    ]);
    expect(graph.node.map(({ opType }) => opType)).toEqual(['Relu', 'Identity', 'Identity']);
    expect(graph.node[1]?.input).toEqual(graph.node[2]?.input);
  });

  it('connects nodes by name, in an order in which they can run, with a gap for what is left out', () => {
    const [first, second] = node('Split', [x], { axis: { int: -1 } }, { outputs: 2 }) as [Result, Result];
    const last = single('Clip', [single('Add', [second, first]), undefined, first], {}, { domain: 'com.microsoft' });
    const { graph } = written(output(last));
    const [split, add, clip, identity] = graph.node;
    expect(graph.node.map(({ opType, domain }) => [opType, domain])).toEqual([
      ['Split', ''],
      ['Add', ''],
      ['Clip', 'com.microsoft'],
      ['Identity', ''],
    ]);
    expect(split?.output).toHaveLength(2);
    expect(add?.input).toEqual([split?.output[1], split?.output[0]]);
    expect(clip?.input).toEqual([add?.output[0], '', split?.output[0]]);
    expect(identity?.input).toEqual(clip?.output);
    const names = graph.node.flatMap(({ output: made }) => made);
    expect(new Set(names).size).toBe(names.length);
  });

  it('keeps attributes of every kind', () => {
    const { graph } = written(
      output(
        single('Anything', [x], {
          axis: { int: -2 },
          sizes: { ints: [1, -1, 2 ** 40] },
          epsilon: { float: 0.5 },
          mode: { string: 'größer' },
        }),
      ),
    );
    const attributes = Object.fromEntries((graph.node[0]?.attribute ?? []).map((made) => [made.name, made]));
    const { INT, INTS, FLOAT, STRING } = AttributeProto_AttributeType;
    expect(attributes.axis).toMatchObject({ type: INT, i: -2n });
    expect(attributes.sizes).toMatchObject({ type: INTS, ints: [1n, -1n, 2n ** 40n] });
    expect(attributes.epsilon).toMatchObject({ type: FLOAT, f: 0.5 });
    expect(attributes.mode?.type).toBe(STRING);
    expect(new TextDecoder().decode(attributes.mode?.s)).toBe('größer');
  });

  it('contains small constants: exactly their bytes, wherever they lie in their buffer', () => {
    const buffer = Float32Array.of(0, 1, 2, 3);
    const [bytes, long] = [Uint8Array.of(7, 8), BigInt64Array.of(-1n)];
    const { graph } = written(
      output(
        single('Anything', [
          constant('float32', [2], buffer.subarray(1, 3)),
          constant('uint8', [2, 1], bytes),
          constant('int64', [], long),
          constant('float16', [1], Uint16Array.of(0x3c00)),
        ]),
      ),
    );
    expect(graph.initializer.map(({ dataType, dims, rawData }) => [dataType, dims, [...rawData]])).toEqual([
      [TensorProto_DataType.FLOAT, [2n], [...new Uint8Array(Float32Array.of(1, 2).buffer)]],
      [TensorProto_DataType.UINT8, [2n, 1n], [7, 8]],
      [TensorProto_DataType.INT64, [], new Array(8).fill(255)],
      [TensorProto_DataType.FLOAT16, [1n], [0x00, 0x3c]],
    ]);
  });

  it('contains a constant once, however often it is used', () => {
    const weight = constant('float32', [1], Float32Array.of(1));
    const { graph } = written(output(single('Add', [single('Add', [x, weight]), weight])));
    expect(graph.initializer).toHaveLength(1);
    expect(graph.node[0]?.input[1]).toBe(graph.initializer[0]?.name);
    expect(graph.node[1]?.input[1]).toBe(graph.initializer[0]?.name);
  });

  it('leaves large constants beside itself, in memory', () => {
    const small = new Uint8Array(2 ** 16 - 1).fill(1);
    const large = new Uint8Array(2 ** 16).fill(2);
    const operands = [small, large].map((data) => constant('uint8', [data.length], data));
    const { model, externalData } = toOnnx([output(single('Anything', operands))]);
    const [inside, outside] = fromBinary(ModelProtoSchema, model).graph?.initializer ?? [];
    expect(inside?.rawData).toHaveLength(small.length);
    expect(outside?.dataLocation).toBe(TensorProto_DataLocation.EXTERNAL);
    expect(placeOf(outside?.externalData ?? [])).toEqual({
      location: outside?.name,
      offset: '0',
      length: String(large.length),
    });
    expect(externalData.map(({ path, data }) => [path, data.byteLength])).toEqual([[outside?.name, large.length]]);
    // The weights of a model are not copied for this.
    expect(externalData[0]?.data.buffer).toBe(large.buffer);
  });

  it('refers to stored constants by their place in the weights file', () => {
    const stored = constant('float32', [3], { offset: 4096, byteLength: 12 });
    const { model, externalData } = toOnnx([output(single('Relu', [stored]))]);
    const [initializer] = fromBinary(ModelProtoSchema, model).graph?.initializer ?? [];
    expect(initializer?.dims).toEqual([3n]);
    expect(placeOf(initializer?.externalData ?? [])).toEqual({ location: weightsFile, offset: '4096', length: '12' });
    expect(externalData).toEqual([]);
  });
});
