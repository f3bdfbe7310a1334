import { compileCrossProducts, panelShape, type CrossProducts } from "../../tensor/crossProducts.js";
import { ArrayPool } from "../../tensor/arrayPool.js";
import type { Engine } from "../../tensor/program.js";
import { Random } from "../../tensor/random.js";
import { meanRow } from "../linalg/gramMatrix.js";
import { innerProduct } from "../linalg/innerProduct.js";
import { columnsOf, interleaved, leadingSubspace } from "../linalg/leadingSubspace.js";
import { combined, symmetricEigenpairs } from "../linalg/orthogonal.js";
import { finiteRows, pcaResult, type Components, type PcaResult } from "./pca.js";
import type { DirectionTrajectory } from "./trajectory.js";

/** Rows, evenly spread, whose mean is subtracted from all: float32 products are exact about small numbers only. */
const centreRows = 16;
/** Share of noise in the cosines that the search starts at. */
const noiseShare = 0.01;
/** Share of the total variance below which a component is nothing but the rounding of float32 products. */
const rounding = 2 ** -40;

/** Settings of the search for leading components. */
export interface LeadingComponentsOptions {
  /** Components kept; fewer are returned when there are fewer steps or dimensions. */
  readonly components: number;
  readonly engine: Engine;
  /** Pool from which the copy of the vectors is taken, and given back: fresh memory costs as much as the copying. */
  readonly arrays?: ArrayPool;
}

/**
 * Leading principal components of a path of many steps, as `pca` gives them, without a matrix of all inner products,
 * by products on an engine.
 *
 * The products are in float32, as the vectors are. On a path of 2 000 × 5 120 shares of variance were within 3e-8 and
 * scores within 5e-7 of the largest of those in float64, on others as small as 300 × 1 000 within 3e-7 and 2e-6.
 *
 * @throws TurncoatError when no vector is finite.
 */
export async function leadingComponents(
  trajectory: DirectionTrajectory,
  options: LeadingComponentsOptions,
): Promise<PcaResult> {
  const arrays = options.arrays ?? new ArrayPool(0);
  let { steps, vectors: rows } = trajectory;
  let matrix = gathered(rows, arrays);
  if (!Number.isFinite(matrix.total)) {
    arrays.give(matrix.panels);
    ({ steps, rows } = finiteRows(trajectory));
    matrix = gathered(rows, arrays);
  }
  const { panels, total, mean } = matrix;
  const columns = mean.length;
  const kept = Math.min(options.components, rows.length, columns);
  // Some more vectors than components: they converge sooner, and equal eigenvalues are told apart.
  const width = 8 * Math.ceil((kept + 4) / 8);
  const products = await compileCrossProducts(options.engine, panels, { rows: rows.length, columns, width });
  try {
    const found = await componentsOf(products, { kept, isWide: rows.length <= columns, total });
    return pcaResult(steps, { ...found, mean }, "krylov");
  } finally {
    await products.dispose();
    arrays.give(panels);
  }
}

/** The rows less about their mean, in panels; the total variance, and the mean. */
function gathered(
  rows: readonly Float32Array[],
  arrays: ArrayPool,
): {
  readonly panels: Float32Array;
  readonly total: number;
  readonly mean: Float64Array;
} {
  const center = centreOf(rows);
  const columns = center.length;
  const shape = panelShape(rows.length, columns);
  const size = shape.count * shape.rows * shape.columns;
  const panels = arrays.take(size).subarray(0, size);
  // Only the end of the last panel is not written below.
  panels.fill(0, (shape.count - 1) * shape.rows * shape.columns);
  const sums = new Float64Array(columns);
  let squares = 0;
  // A panel holds a part of every row, or all of some rows, which then lie one after the other.
  for (let start = 0; start < columns; start += shape.columns) {
    const end = Math.min(columns, start + shape.columns);
    for (let row = 0; row < rows.length; row += 4) {
      const part: Part = { start, end, to: start * shape.rows + row * shape.columns, stride: shape.columns };
      squares += copyFour(rows.slice(row, row + 4), center, part, panels, sums);
    }
  }
  return {
    panels,
    total: Math.max(0, squares - innerProduct(sums, sums) / rows.length),
    mean: Float64Array.from(center, (value, column) => value + (sums[column] ?? NaN) / rows.length),
  };
}

/** Place to which columns from `start` to `end` of consecutive rows go. */
interface Part {
  readonly start: number;
  readonly end: number;
  readonly to: number;
  readonly stride: number;
}

/**
 * Copies a part of four rows, less the centre, and adds it to the sums of the columns: the sums are then loaded and
 * stored a quarter as often.
 *
 * @returns the sum of squares
 */
function copyFour(
  rows: readonly Float32Array[],
  center: Float32Array,
  { start, end, to, stride }: Part,
  panels: Float32Array,
  sums: Float64Array,
): number {
  // In the place of a missing row comes the centre, of which nothing is left.
  const [a = center, b = center, c = center, d = center] = rows;
  let [first, second] = [0, 0];
  for (let column = start; column < end; column++) {
    const middle = center[column] ?? NaN;
    const ofA = (a[column] ?? NaN) - middle;
    const ofB = (b[column] ?? NaN) - middle;
    const ofC = (c[column] ?? NaN) - middle;
    const ofD = (d[column] ?? NaN) - middle;
    const place = to + column - start;
    panels[place] = ofA;
    panels[place + stride] = ofB;
    panels[place + 2 * stride] = ofC;
    panels[place + 3 * stride] = ofD;
    sums[column] = (sums[column] ?? NaN) + (ofA + ofB + (ofC + ofD));
    first += ofA * ofA + ofB * ofB;
    second += ofC * ofC + ofD * ofD;
  }
  return first + second;
}

/** The mean of a few rows, rounded. */
function centreOf(rows: readonly Float32Array[]): Float32Array {
  const every = Math.ceil(rows.length / centreRows);
  return Float32Array.from(meanRow(rows.filter((_, index) => index % every === 0)));
}

/**
 * The eigenpairs of UᵀMMᵀU, for U an orthonormal basis of about the leading eigenvectors (Rayleigh–Ritz). What the
 * matrix makes of U twice is taken in its place: of U's own rounding errors it holds those within the components only.
 */
async function componentsOf(
  products: CrossProducts,
  { kept, isWide, total }: { readonly kept: number; readonly isWide: boolean; readonly total: number },
): Promise<Omit<Components, "mean">> {
  const { width } = products;
  const subspace = total > 0 ? await leadingSubspace(products, kept, startOf(products, isWide)) : [];
  const { across, back } = await products.times(interleaved(subspace, products));
  const images = columnsOf(across, width);
  const returned = columnsOf(back, width);
  const { values, vectors } = symmetricEigenpairs(
    images.map((image) => images.map((other) => innerProduct(image, other))),
  );
  const eigenvalues = values.slice(0, kept).map((value) => (value > rounding * total ? value : 0));
  const scaled = (block: readonly Float64Array[], power: number): Float64Array[] =>
    eigenvalues.map((value, index) => {
      const scale = value > 0 ? value ** power : 0;
      return combined(
        block,
        (vectors[index] ?? []).map((weight) => scale * weight),
      );
    });
  return isWide
    ? { total, eigenvalues, components: scaled(images, -1 / 2), scores: scaled(returned, -1 / 2) }
    : { total, eigenvalues, components: scaled(returned, -1), scores: scaled(images, 0) };
}

/**
 * Starting vectors of the search. In vectors of one number a step: at slow cosines, which the leading components of a
 * random walk are and those of any path resemble. A little noise keeps the start from missing a path that is unlike
 * all of them.
 */
function startOf({ length, width }: CrossProducts, isWide: boolean): Float32Array {
  const random = new Random(0).fork("leadingComponents");
  return Float32Array.from({ length: length * width }, (_, place) => {
    const [step, column] = [Math.floor(place / width), place % width];
    const noise = random.normal();
    return isWide ? Math.cos((Math.PI * (column + 1) * (step + 0.5)) / length) + noiseShare * noise : noise;
  });
}
