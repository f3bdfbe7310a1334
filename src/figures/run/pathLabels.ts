import { LabelSpace, type Box } from "../style/labelSpace.js";
import { textWidth } from "../style/textWidth.js";

/** Plot that labels are thought to stand in: a small one, so that they stay apart in larger ones. */
const plot = { width: 250, height: 190 } as const;
/** Room for texts above and below the outermost points: beside them the axis ends. */
const margin = 10;
/** Size of labels, and distance of a label from the middle of its mark, in pixels. */
const [size, away] = [12, 6] as const;

/** A point of a path in the plane. */
export type PathPoint = readonly [x: number, y: number];

/** A text at a point of a path. */
export interface PathLabel {
  readonly at: PathPoint;
  readonly text: string;
  /** Radius of its mark in pixels. @default 3 */
  readonly radius?: number;
}

/** Sides of a mark, as Plotly names them, the preferred first. */
const sides = [
  ["top center", 0, -1],
  ["bottom center", 0, 1],
  ["middle right", 1, 0],
  ["middle left", -1, 0],
  ["top right", 1, -1],
  ["top left", -1, -1],
  ["bottom right", 1, 1],
  ["bottom left", -1, 1],
] as const;

/**
 * Finds sides of their marks at which texts stand on no other text and on as few points of a path as can be, on axes
 * with the same unit. Earlier ones choose first; null for one that has no room.
 */
export function pathLabelSides(path: readonly PathPoint[], labels: readonly PathLabel[]): (string | null)[] {
  const inPixels = pixelsOf(path);
  const points = path.map(inPixels).filter((point) => point.every(Number.isFinite));
  const space = new LabelSpace(
    { left: 0, right: plot.width, top: -margin, bottom: plot.height + margin },
    points,
  );
  for (const { at, radius = 3 } of labels) if (radius > 3) space.take(around(inPixels(at), 0.7 * radius));
  return labels.map(({ at, text, radius = 3 }) => {
    const [x, y] = inPixels(at);
    const width = textWidth(text, size) + 2;
    const places = sides.map(([side, dx, dy]) => {
      const left = x + dx * (radius + away) + ((dx - 1) * width) / 2;
      const middle = y + dy * (radius + away + size / 2);
      return { side, left, right: left + width, top: middle - 0.6 * size, bottom: middle + 0.6 * size };
    });
    return space.choose(places)?.side ?? null;
  });
}

function around([x, y]: PathPoint, radius: number): Box {
  return { left: x - radius, right: x + radius, top: y - radius, bottom: y + radius };
}

/** Place of a point in the plot that a path fills as far as equal units allow. */
function pixelsOf(path: readonly PathPoint[]): (point: PathPoint) => PathPoint {
  const [[left, right], [low, high]] = [rangeOf(path.map(([x]) => x)), rangeOf(path.map(([, y]) => y))];
  const unit = Math.min(plot.width / (right - left || 1), plot.height / (high - low || 1));
  return ([x, y]) => [(x - left) * unit, (high - y) * unit];
}

function rangeOf(values: readonly number[]): readonly [number, number] {
  return values
    .filter(Number.isFinite)
    .reduce<readonly [number, number]>(
      ([low, high], value) => [Math.min(low, value), Math.max(high, value)],
      [Infinity, -Infinity],
    );
}
