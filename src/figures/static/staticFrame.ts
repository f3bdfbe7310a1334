import type { Box } from "../style/labelSpace.js";
import { textWidth } from "../style/textWidth.js";
import { recordIn, textIn, pairIn } from "../style/plotlyValues.js";
import { isHorizontal, ticksOf, type StaticAxis, type Tick } from "./staticAxes.js";
import { linesHeight, linesOf } from "./svgText.js";

/** A tick with its place in the picture and the lines of its text. */
export interface LaidTick {
  readonly place: number;
  readonly lines: readonly string[];
}

/** An axis with everything that is written along it. */
export interface LaidAxis {
  readonly axis: StaticAxis;
  readonly ticks: readonly LaidTick[];
  /** True where the texts of the ticks read upwards, because they have no room beside each other. */
  readonly isUpward: boolean;
  readonly title: readonly string[];
  /** Room that the texts of the ticks take across the axis. */
  readonly tickRoom: number;
}

/** Rectangle that is drawn in, its axes around it, and where the drawing ends below. */
export interface Frame {
  readonly box: Box;
  readonly axes: readonly LaidAxis[];
  readonly bottom: number;
}

/** Space that a frame may use. */
export interface FrameSpace {
  /** Left and right edge of the picture. */
  readonly width: number;
  /** Top of the rectangle that is drawn in. */
  readonly top: number;
  /** Height from there to the end of the texts below. */
  readonly height: number;
  /** Size of texts. */
  readonly size: number;
  /** Room right of the rectangle for the scale of colours. */
  readonly scaleRoom: number;
  /** True for a map, whose rectangle ends with its cells where both axes have the same unit. */
  readonly isMap: boolean;
}

/** Distance of texts of ticks to their axis, in sizes. */
export const tickGap = { x: 0.55, y: 0.45 } as const;
/** Distance of a title to the texts of the ticks, in sizes. */
export const titleGap = 0.4;

/** Lays out a rectangle to draw in and its axes, so that every text around it has room of its own. */
export function layFrame(axes: readonly StaticAxis[], space: FrameSpace): Frame {
  const { size, top, height, width } = space;
  const isSquare = axes.some(({ layout }) => layout.scaleanchor !== undefined);
  let box: Box = { left: 5 * size, right: width - size, top, bottom: top + height - 3.6 * size };
  let laid: LaidAxis[] = [];
  // Texts need room that depends on the rectangle, which depends on them: the second round settles it.
  for (let round = 0; round < 3; round++) {
    laid = (isSquare ? sameUnits(axes, box) : axes).map((axis) => layAxis(axis, box, size));
    const room = (isWanted: (axis: LaidAxis) => boolean): number =>
      laid.filter(isWanted).reduce((most, each) => Math.max(most, roomOf(each, size)), 0);
    const xs = laid.find(({ axis }) => isHorizontal(axis));
    const overhang = Math.max(0, ...(xs?.ticks ?? []).map((tick) => overhangOf(tick, box, size)));
    const right = room(({ axis }) => !isHorizontal(axis) && axis.layout.side === "right");
    const left = room(({ axis }) => !isHorizontal(axis) && axis.layout.side !== "right");
    const bottom = top + height - room(({ axis }) => isHorizontal(axis));
    box = {
      left: Math.max(left + 0.4 * size, size),
      right: width - Math.max(right + 0.4 * size, space.scaleRoom, Math.min(3 * size, overhang), size),
      top,
      bottom: isSquare && !space.isMap ? Math.min(bottom, top + squareHeight(axes, box)) : bottom,
    };
    if (isSquare && space.isMap) box = fittedBox(axes, box);
  }
  laid = (isSquare ? sameUnits(axes, box) : axes).map((axis) => layAxis(axis, box, size));
  const below = laid.filter(({ axis }) => isHorizontal(axis)).map((each) => roomOf(each, size));
  return { box, axes: laid, bottom: box.bottom + Math.max(0, ...below) };
}

/** Height of a rectangle whose axes have the same unit: what the values need, within what looks well. */
function squareHeight(axes: readonly StaticAxis[], { left, right }: Box): number {
  const [x, y] = ["x", "y"].map((name) => spanOf(axes.find((axis) => axis.name === name)));
  const width = right - left;
  return Math.max(0.45 * width, Math.min(0.9 * width, (width * (y ?? 1)) / (x ?? 1)));
}

/** The part of a rectangle that axes with the same unit fill. */
function fittedBox(axes: readonly StaticAxis[], box: Box): Box {
  const [x, y] = ["x", "y"].map((name) => spanOf(axes.find((axis) => axis.name === name)));
  const unit = Math.min((box.right - box.left) / (x ?? 1), (box.bottom - box.top) / (y ?? 1));
  return { ...box, right: box.left + unit * (x ?? 1), bottom: box.top + unit * (y ?? 1) };
}

/** Axes with the same unit: the range of the one with room to spare is widened, so that no unit looks longer than the other. */
function sameUnits(axes: readonly StaticAxis[], box: Box): StaticAxis[] {
  const [x, y] = ["x", "y"].map((name) => spanOf(axes.find((axis) => axis.name === name)));
  const [w, h] = [box.right - box.left, box.bottom - box.top];
  const unit = Math.min(w / (x ?? 1), h / (y ?? 1));
  return axes.map((axis) => {
    const length = (isHorizontal(axis) ? w : h) / unit;
    const more = (length - spanOf(axis)) / 2;
    const [first, last] = axis.range;
    const sign = Math.sign(last - first);
    return { ...axis, range: [first - sign * more, last + sign * more] };
  });
}

function spanOf(axis: StaticAxis | undefined): number {
  return axis === undefined ? 1 : Math.abs(axis.range[1] - axis.range[0]);
}

/** Where an axis starts and ends in the picture. */
export function endsOf({ name, layout }: StaticAxis, box: Box): readonly [number, number] {
  if (name.startsWith("x")) return [box.left, box.right];
  const [low, high] = pairIn(layout.domain) ?? [0, 1];
  const height = box.bottom - box.top;
  return [box.bottom - low * height, box.bottom - high * height];
}

function layAxis(axis: StaticAxis, box: Box, size: number): LaidAxis {
  const [start, end] = endsOf(axis, box);
  const length = Math.abs(end - start);
  const title = linesOf(textIn(recordIn(axis.layout.title).text), length, { size });
  const placed = (ticks: readonly Tick[]): readonly (Tick & { readonly place: number })[] =>
    ticks.map((tick) => ({
      ...tick,
      place: start + ((tick.value - axis.range[0]) / (axis.range[1] - axis.range[0])) * (end - start),
    }));
  if (isHorizontal(axis)) {
    if (axis.categories !== null)
      return { ...layCategories(axis, placed(ticksOf(axis, 0)), length, size), title };
    const ticks = fitting(
      axis,
      placed,
      Math.max(2, Math.floor(length / (4.5 * size))),
      ({ text }) => textWidth(text, size) + 0.9 * size,
    );
    return {
      axis,
      ticks: ticks.map(({ place, text }) => ({ place, lines: [text] })),
      isUpward: false,
      title,
      tickRoom: linesHeight(1, size),
    };
  }
  const mostWidth = 0.36 * (box.right + size);
  const wanted = Math.max(2, Math.floor(length / (3 * size)));
  const ticks = fitting(
    axis,
    placed,
    Math.min(8, wanted),
    ({ text }) =>
      linesHeight(
        Math.max(1, axis.categories === null ? 1 : linesOf(text, mostWidth, { size }).length),
        size,
      ) +
      0.1 * size,
  );
  const lined = ticks.map(({ place, text }) => ({
    place,
    lines: axis.categories === null ? [text] : linesOf(text, mostWidth, { size }),
  }));
  const widths = lined.flatMap(({ lines }) => lines.map((line) => textWidth(line, size)));
  return { axis, ticks: lined, isUpward: false, title, tickRoom: Math.max(0, ...widths) };
}

/** Ticks whose texts have room: fewer and fewer nice numbers, or every second, third and so on of what is given. */
function fitting(
  axis: StaticAxis,
  placed: (ticks: readonly Tick[]) => readonly (Tick & { readonly place: number })[],
  wanted: number,
  lengthOf: (tick: Tick) => number,
): readonly (Tick & { readonly place: number })[] {
  const haveRoom = (ticks: readonly (Tick & { readonly place: number })[]): boolean =>
    ticks.every((tick, index) => {
      const next = ticks[index + 1];
      return next === undefined || Math.abs(next.place - tick.place) >= (lengthOf(tick) + lengthOf(next)) / 2;
    });
  const isGiven = axis.categories !== null || axis.layout.tickvals !== undefined;
  for (let count = wanted; count >= 1 && !isGiven; count--) {
    const ticks = placed(ticksOf(axis, count));
    if (haveRoom(ticks)) return ticks;
  }
  const all = placed(ticksOf(axis, 1));
  for (let stride = 1; stride < all.length; stride++) {
    const ticks = all.filter((_, index) => index % stride === 0);
    if (haveRoom(ticks)) return ticks;
  }
  return all.slice(0, 1);
}

/** Names of categories along a horizontal axis: in lines, or upwards where words do not fit beside each other. */
function layCategories(
  axis: StaticAxis,
  ticks: readonly (Tick & { readonly place: number })[],
  length: number,
  size: number,
): Omit<LaidAxis, "title"> {
  const slot = length / Math.max(1, ticks.length);
  const longestWord = Math.max(
    0,
    ...ticks.flatMap(({ text }) => text.split(/\s+/).map((word) => textWidth(word, size))),
  );
  if (longestWord <= slot - 0.8 * size) {
    const lined = ticks.map(({ place, text }) => ({
      place,
      lines: linesOf(text, slot - 0.8 * size, { size }),
    }));
    const most = Math.max(1, ...lined.map(({ lines }) => lines.length));
    return { axis, ticks: lined, isUpward: false, tickRoom: linesHeight(most, size) };
  }
  const stride = Math.max(1, Math.ceil((1.3 * size) / slot));
  const kept = ticks.filter((_, index) => index % stride === 0);
  const lined = kept.map(({ place, text }) => ({ place, lines: [shortened(text, 14 * size, size)] }));
  return {
    axis,
    ticks: lined,
    isUpward: true,
    tickRoom: Math.max(0, ...lined.flatMap(({ lines }) => lines.map((line) => textWidth(line, size)))),
  };
}

/** A name that is no longer than a length: without its middle where it would be. */
function shortened(text: string, length: number, size: number): string {
  let kept = text.length;
  let short = text;
  while (textWidth(short, size) > length && kept > 2) {
    kept--;
    short = `${text.slice(0, Math.ceil(kept / 2))}…${text.slice(text.length - Math.floor(kept / 2))}`;
  }
  return short;
}

/** Room across an axis for its texts. */
function roomOf({ axis, tickRoom, title }: LaidAxis, size: number): number {
  const gap = isHorizontal(axis) ? tickGap.x : tickGap.y;
  const words = title.length === 0 ? 0 : titleGap * size + linesHeight(title.length, size);
  return (tickRoom === 0 ? 0 : gap * size + tickRoom) + words;
}

function overhangOf({ place, lines }: LaidTick, { right }: Box, size: number): number {
  return place + Math.max(0, ...lines.map((line) => textWidth(line, size))) / 2 - right + 0.2 * size;
}
