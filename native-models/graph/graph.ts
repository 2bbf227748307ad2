/**
 * Computation graphs as plain data. An operator (operators.ts) makes a node and returns its results; a graph is
 * whatever the chosen outputs reach. Because nodes keep their operator, inputs and attributes, a graph can be
 * walked backwards: gradients are one more table over the same nodes, and onnx.ts is only one of its readers.
 */

/** The element types in use, with the typed array that holds each. float16 is held as its bits. */
export const elementArrays = {
  float32: Float32Array,
  float16: Uint16Array,
  uint8: Uint8Array,
  int8: Int8Array,
  int32: Int32Array,
  int64: BigInt64Array,
  bool: Uint8Array,
} as const;

export type ElementType = keyof typeof elementArrays;
export type TensorArray<Type extends ElementType = ElementType> = InstanceType<(typeof elementArrays)[Type]>;

/** A size, or the name of one that is known only when the graph runs. */
export type Dimension = number | string;

/** One operator's application. `outputs` counts its results; unused optional inputs are undefined. */
export interface Node {
  readonly operator: string;
  /** The operator set: '' is ONNX's own, 'com.microsoft' is ONNX Runtime's. */
  readonly domain: '' | 'com.microsoft';
  readonly inputs: readonly (Value | undefined)[];
  readonly attributes: Readonly<Record<string, Attribute>>;
  readonly outputs: number;
  /** Graphs in the graph, of which one is computed. */
  readonly branches?: Branches;
}

export interface Branches {
  /** By the attribute that holds it, what each gives. */
  readonly results: Readonly<Record<string, Value>>;
  /** What is computed before, whichever branch is taken. Everything else that only a branch needs is computed in it. */
  readonly shared: readonly Value[];
}

export type Attribute = { int: number } | { ints: readonly number[] } | { float: number } | { string: string };

/** A tensor in a graph: given at each run, constant, or computed. */
export type Value = Input | Constant | Result;

export interface Input {
  readonly kind: 'input';
  readonly name: string;
  readonly type: ElementType;
  readonly shape: readonly Dimension[];
}

export interface Constant {
  readonly kind: 'constant';
  readonly type: ElementType;
  readonly shape: readonly number[];
  readonly data: TensorArray | StoredData;
}

/** Data in the weights file beside a model. It is mapped into memory, so that several models share it. */
export interface StoredData {
  readonly offset: number;
  readonly byteLength: number;
}

export interface Result {
  readonly kind: 'result';
  readonly node: Node;
  readonly index: number;
}

export function input(name: string, type: ElementType, shape: readonly Dimension[]): Input {
  return { kind: 'input', name, type, shape };
}

export function constant<Type extends ElementType>(
  type: Type,
  shape: readonly number[],
  data: TensorArray<Type> | StoredData,
): Constant {
  return { kind: 'constant', type, shape, data };
}

/** A one-dimensional int64 constant: shapes, axes and split sizes are given this way. */
export function integers(...values: number[]): Constant {
  return constant('int64', [values.length], BigInt64Array.from(values, BigInt));
}

/** A node and the first of its results; `results` gives the others. */
export function node(
  operator: string,
  inputs: readonly (Value | undefined)[],
  attributes: Readonly<Record<string, Attribute>> = {},
  { domain = '', outputs = 1, branches }: { domain?: Node['domain']; outputs?: number; branches?: Branches } = {},
): Result[] {
  const made: Node = { operator, domain, inputs, attributes, outputs, ...(branches && { branches }) };
  return Array.from({ length: outputs }, (_, index) => ({ kind: 'result', node: made, index }));
}

/** Every node that the values depend on, inputs before their users, without those within branches and those `known`. */
export function nodesOf(values: Iterable<Value>, known: { has(node: Node): boolean } = new Set()): Node[] {
  const ordered = new Set<Node>();
  const visit = (value: Value | undefined): void => {
    if (value?.kind !== 'result' || known.has(value.node) || ordered.has(value.node)) return;
    for (const needed of value.node.inputs) visit(needed);
    for (const needed of value.node.branches?.shared ?? []) visit(needed);
    ordered.add(value.node);
  };
  for (const value of values) visit(value);
  return [...ordered];
}
