import type { FigureTable, PlotlyRecord, PlotlyTrace, PlotlyValue } from "../../figures/figure.js";
import type { Camera } from "../state/camera.js";
import { numbersAt } from "./plotlyValues.js";

type Point = readonly [number, number, number];

/** Projects a point to [right, up], without perspective, so that equal lengths side by side stay equal. */
export function projected([x, y, z]: Point, { turn, tilt }: Camera): [number, number] {
  const [a, b] = [(turn * Math.PI) / 180, (tilt * Math.PI) / 180];
  const away = x * Math.sin(a) + y * Math.cos(a);
  return [x * Math.cos(a) - y * Math.sin(a), z * Math.cos(b) + away * Math.sin(b)];
}

/**
 * Turns the traces of a path in the plane of two components into those of three. Points are found again by their place
 * in the plane.
 * @param table with columns PC1, PC2 and PC3
 * @returns null where there is no third component
 */
export function spaceTraces(
  data: readonly PlotlyTrace[],
  { columns, rows }: FigureTable,
  camera: Camera,
  color: string,
): PlotlyTrace[] | null {
  const places = ["PC1", "PC2", "PC3"].map((name) => columns.indexOf(name));
  if (places.includes(-1)) return null;
  const points = rows.map((row): Point => {
    const [x = NaN, y = NaN, z = NaN] = places.map((place) => numberOf(row[place]));
    return [x, y, z];
  });
  const byPlace = new Map(points.map((point) => [`${point[0]} ${point[1]}`, point]));
  const traces = data.map((trace) => {
    const [xs, ys] = [numbersAt(trace, "x"), numbersAt(trace, "y")];
    const moved = xs.map((x, index) => {
      const point = byPlace.get(`${x} ${ys[index] ?? NaN}`);
      return point?.every(Number.isFinite) === true ? projected(point, camera) : [null, null];
    });
    return { ...trace, x: moved.map(([x = null]) => x), y: moved.map(([, y = null]) => y) };
  });
  return [...axes(points, camera, color), ...traces];
}

/** Traces of the three axes, of one length, from the corner of the path's box. */
function axes(points: readonly Point[], camera: Camera, color: string): PlotlyTrace[] {
  const corner = [0, 1, 2].map((axis) =>
    Math.min(...points.map((point) => point[axis] ?? NaN).filter(Number.isFinite)),
  );
  const longest = Math.max(
    ...[0, 1, 2].map(
      (axis) =>
        Math.max(...points.map((point) => point[axis] ?? NaN).filter(Number.isFinite)) -
        (corner[axis] ?? NaN),
    ),
  );
  const [x = 0, y = 0, z = 0] = corner;
  const ends: readonly [string, Point][] = [
    ["PC1", [x + longest, y, z]],
    ["PC2", [x, y + longest, z]],
    ["PC3", [x, y, z + longest]],
  ];
  return ends.map(([name, end]): PlotlyTrace => {
    const [from, to] = [projected([x, y, z], camera), projected(end, camera)];
    return {
      type: "scatter",
      mode: "lines+text",
      name,
      x: [from[0], to[0]],
      y: [from[1], to[1]],
      text: ["", name],
      textposition: "top center",
      line: { color: color, width: 1 },
      hoverinfo: "skip",
      showlegend: false,
    };
  });
}

/** Layout of a plane without its axes, which mean nothing in a projection. */
export function spaceLayout(layout: PlotlyRecord): PlotlyRecord {
  const bare = { visible: false, fixedrange: true };
  return { ...layout, xaxis: bare, yaxis: { ...bare, scaleanchor: "x", scaleratio: 1 }, dragmode: false };
}

function numberOf(value: PlotlyValue | undefined): number {
  return typeof value === "number" ? value : NaN;
}
