// Where each number of a step comes from: a graph that is made from the equations.
//
// A *node* is one number. It has a value, the nodes that it is computed from (`parents`), and the
// way in which it follows from them (`kind`):
//   sum       the sum of its parents, each times its sign
//   product   the product of its parents
//   σ, tanh   the function of its only parent
//   copy      the same number as its only parent, such as the state of the step before
//   weight, bias, input, zero, one   no parents
// The values of gates and states are those that gru.js computed. Sums and products in between are
// computed here, so a reader can check that they lead to the same value.

import { sigmoid } from "../shared/gru.js";
import { equationsOf, parse } from "./parse.js";

const SQUASH = { σ: sigmoid, tanh: Math.tanh };

class Node {
  // `make` returns the parents, and their signs if it is a sum.
  constructor(id, fields, make = () => ({ parents: [] })) {
    Object.assign(this, { id, ...fields });
    this.make = make;
  }

  // Parents are made when they are first asked for: a large network has very many.
  get made() {
    return (this.kept ??= this.make());
  }

  get parents() {
    return this.made.parents;
  }

  get signs() {
    return this.made.signs ?? this.parents.map(() => 1);
  }
}

// The graph of all steps of a course. Nodes with the same id are the same object.
export class Graph {
  constructor(course) {
    this.course = course;
    this.network = course.network;
    const equations = equationsOf(this.network);
    this.trees = Object.fromEntries(
      Object.entries(equations).map(([name, equation]) => [name, parse(equation)]));
    // The gates in their packed order.
    this.blocks = Object.keys(equations).filter((name) => equations[name].includes(`W_i${name}`));
    this.nodes = new Map();
    this.cut = false; // whether the next step reads the network's own output
  }

  // Forgets the numbers of all runs that end after position `end`.
  forget(end) {
    for (const id of [...this.nodes.keys()]) if (Number.parseInt(id, 10) > end) this.nodes.delete(id);
  }

  // The number of a symbol in one step. `where` is { end, at, layer }: the run that ends at `end`,
  // and its step at position `at`. A matrix also needs a column. Null if there is no such number.
  number(where, symbol, unit = 0, column = 0) {
    if (symbol.startsWith("W_")) return this.weight(where.layer, symbol, unit, column);
    if (symbol.startsWith("b_")) return this.weight(where.layer, symbol, unit);
    if (symbol === "x") return this.input(where, unit);
    if (symbol === "w") return this.input({ ...where, ...this.inWindow(where, unit), layer: 0 }, 0);
    if (symbol === "before") return this.before(where, "h", unit);
    if (symbol === "c-before") return this.before(where, "c", unit);
    if (symbol === "true") return this.truth(where);
    if (symbol === "next") return this.next(where);
    if (symbol === "y" && !this.isLast(where)) return null;
    return this.computed(where, symbol, unit);
  }

  // Whether the output is read here: at the last step of a run, from the last layer.
  isLast({ end, at, layer }) {
    return at === end && layer === this.course.layers - 1;
  }

  inWindow({ end }, k) {
    return { at: end - this.course.window + 1 + k };
  }

  step({ end, at, layer }) {
    const run = this.course.run(end);
    return run.steps[at - run.first][layer];
  }

  // How many columns a matrix has, or how many units a vector has.
  size(symbol, layer) {
    if (symbol === "w" || symbol === "W_p") return this.course.window;
    const { input, hidden } = this.network.layers[layer];
    if (symbol === "x" || symbol.startsWith("W_i")) return input.columns;
    return ["y", "b_y", "true", "next"].includes(symbol) ? 1 : hidden.columns;
  }

  known(id, fields, make) {
    if (!this.nodes.has(id)) this.nodes.set(id, new Node(id, fields(), make));
    return this.nodes.get(id);
  }

  weight(layer, symbol, row, column) {
    const output = symbol.endsWith("_y") || symbol === "W_p";
    const id = `${output ? "" : `${layer}/`}${symbol}.${row}${column === undefined ? "" : `.${column}`}`;
    const kind = column === undefined ? "bias" : "weight";
    const unit = symbol === "b_y" ? undefined : row;
    return this.known(id, () => {
      const { values, columns = 1, from = 0 } = this.parameters(layer, symbol);
      return { symbol, kind, unit, column, value: values[(from + row) * columns + (column ?? 0)] };
    });
  }

  parameters(layer, symbol) {
    const { readout, bias, path } = this.network;
    if (symbol === "W_y") return { values: readout, columns: readout.length };
    if (symbol === "W_p") return { values: path, columns: path.length };
    if (symbol === "b_y") return { values: [bias] };
    const { input, hidden, inputBias, hiddenBias } = this.network.layers[layer];
    const [, , side, gate] = symbol;
    const from = this.blocks.indexOf(gate) * hidden.columns;
    if (symbol.startsWith("W")) return { ...(side === "i" ? input : hidden), from };
    return { values: side === "i" ? inputBias : hiddenBias, from };
  }

  input(where, unit) {
    const { end, at, layer } = where;
    const id = `${end}/${at}/${layer}/x.${unit}`;
    if (layer > 0) {
      const below = { ...where, layer: layer - 1 };
      return this.copy(id, { symbol: "x", unit, where }, () => this.number(below, "h", unit));
    }
    const fields = { symbol: "x", where };
    // When each window has its own scale, an output that is read again is not the same number.
    const rescaled = this.network.floor !== null && this.network.feedback === "window";
    if (this.course.isOwn(at) && !rescaled) return this.copy(id, fields, () => this.output(at - 1));
    const run = this.course.run(end);
    return this.known(id, () => ({ ...fields, kind: "input", value: run.xs[at - run.first] }));
  }

  copy(id, fields, parent) {
    const make = () => ({ parents: [parent()] });
    return this.known(id, () => ({ ...fields, kind: "copy", value: parent().value }), make);
  }

  output(end) {
    return this.number({ end, at: end, layer: this.course.layers - 1 }, "y");
  }

  // A part of the state before a step.
  before(where, part, unit) {
    const { end, at, layer } = where;
    const symbol = part === "h" ? "before" : `${part}-before`;
    const id = `${end}/${at}/${layer}/${symbol}.${unit}`;
    const fields = { symbol, unit, where };
    if (at === this.course.run(end).first) {
      return this.known(id, () => ({ ...fields, kind: "zero", value: 0 }));
    }
    return this.copy(id, fields, () => this.number({ ...where, at: at - 1 }, part, unit));
  }

  // The true value that follows a run.
  truth(where) {
    const value = this.isLast(where) ? this.course.trueNext(where.end) : undefined;
    if (value === undefined) return null;
    return this.known(`${where.end}/true.0`, () => ({ symbol: "true", kind: "input", value, where }));
  }

  // The value that goes into the next step.
  next(where) {
    if (!this.isLast(where)) return null;
    const parent = this.cut ? this.output(where.end) : this.truth(where);
    const id = `${where.end}/next.0/${this.cut ? "own" : "true"}`;
    return parent && this.copy(id, { symbol: "next", where }, () => parent);
  }

  // A number on the left side of an equation.
  computed(where, symbol, unit) {
    const { end, at, layer } = where;
    const id = symbol === "y" ? `${end}/y.0` : `${end}/${at}/${layer}/${symbol}.${unit}`;
    const tree = this.trees[symbol];
    const fields = () => ({
      symbol, where,
      unit: symbol === "y" ? undefined : unit,
      kind: tree.kind === "matrix" ? "sum" : tree.kind,
      value: symbol === "y" ? this.course.run(end).y : this.step(where)[symbol][unit],
    });
    return this.known(id, fields, () => this.built(tree, unit, where, id));
  }

  // The node of what a tree computes for one unit. Its id begins with `id`.
  built(tree, unit, where, id) {
    const of = (part, k) => this.built(part, unit, where, `${id}:${k}`);
    if (tree.kind === "symbol") return this.number(where, tree.symbol, unit);
    if (tree.kind === "one") return this.known("one", () => ({ kind: "one", value: 1 }));
    if (tree.kind === "matrix") return added(id, this.products(tree, unit, where, id));
    if (tree.kind === "product") return multiplied(id, tree.factors.map(of));
    if (tree.kind === "sum") {
      const signs = [];
      const terms = tree.terms.flatMap((part, k) => {
        const made = part.kind === "matrix" ? this.products(part, unit, where, `${id}:${k}`) : [of(part, k)];
        signs.push(...made.map(() => tree.signs[k]));
        return made;
      });
      return added(id, terms, signs);
    }
    const inner = of(tree.of, 0);
    return new Node(id, { kind: tree.kind, value: SQUASH[tree.kind](inner.value) },
      () => ({ parents: [inner] }));
  }

  // The products in one row of a matrix times a vector.
  products({ symbol, of }, row, where, id) {
    return Array.from({ length: this.size(symbol, where.layer) }, (_, column) => {
      const made = `${id}.${column}`;
      const weight = this.number(where, symbol, row, column);
      return multiplied(made, [weight, this.built(of, column, where, `${made}:0`)]);
    });
  }
}

function added(id, parents, signs = parents.map(() => 1)) {
  const value = parents.reduce((sum, parent, k) => sum + signs[k] * parent.value, 0);
  return new Node(id, { kind: "sum", value }, () => ({ parents, signs }));
}

function multiplied(id, parents) {
  const value = parents.reduce((product, parent) => product * parent.value, 1);
  return new Node(id, { kind: "product", value }, () => ({ parents }));
}

// How a node follows from numbers that have an origin of their own: `rows` (terms, each with its
// sign and its factors), their `sum`, and the function that is applied to it (`squash`, or null).
// `shown` are the units whose terms are listed one by one. The others are added up in one row.
export function origin(node, shown = null) {
  const squash = node.kind in SQUASH ? node.kind : null;
  const inner = squash ? node.parents[0] : node;
  return { squash, sum: inner.value, rows: collapsed(rowsOf(inner, squash !== null), node, shown) };
}

function rowsOf(inner, applied) {
  if (applied && inner.symbol) return [row(inner)]; // such as c in tanh(c)
  if (inner.kind === "product") return [{ sign: 1, factors: inner.parents, value: inner.value }];
  return inner.parents.map((term, k) => row(term, inner.signs[k]));
}

function row(term, sign = 1) {
  const factors = !term.symbol && term.kind === "product" ? term.parents : [term];
  return { sign, factors, value: term.value };
}

const FEW = 8; // rows; so many are always listed

function collapsed(rows, node, shown) {
  const alone = ({ factors: [first] }) => first.kind !== "weight" || shown.includes(first.column);
  if (rows.length <= FEW || shown === null || node.more) return rows;
  const others = rows.filter((one) => !alone(one));
  const parents = others.map(({ factors }, k) => multiplied(`${node.id}:more:${k}`, factors));
  const rest = added(`${node.id}:more`, parents, others.map(({ sign }) => sign));
  rest.more = others.length;
  return [...rows.filter(alone), { sign: 1, factors: [rest], value: rest.value }];
}
