import type { UrlField } from "./urlFields.js";

/** Point of view on a path in three dimensions, in degrees. */
export interface Camera {
  /** Angle about the axis of PC3. */
  readonly turn: number;
  /** Angle above the plane of PC1 and PC2; 90 looks along PC3, at the plane of PC1 and PC2. */
  readonly tilt: number;
}

export const defaultCamera: Camera = { turn: -30, tilt: 25 };

/** Camera after a drag of so many pixels. */
export function turned({ turn, tilt }: Camera, right: number, down: number): Camera {
  return {
    turn: Math.round((((turn + 0.4 * right + 180) % 360) + 360) % 360) - 180,
    tilt: Math.round(Math.min(90, Math.max(-90, tilt + 0.4 * down))),
  };
}

/** Field of an address for a camera, `-30_25`; null where the address is silent. */
export function cameraField(key: string): UrlField<Camera | null> {
  return {
    key,
    initial: null,
    entry: "replace",
    parse: (text) => {
      const [, turn, tilt] = /^(-?\d{1,3})_(-?\d{1,2})$/.exec(text) ?? [];
      if (turn === undefined || tilt === undefined) return undefined;
      return { turn: Number(turn), tilt: Math.min(90, Math.max(-90, Number(tilt))) };
    },
    format: (camera) => (camera === null ? "" : `${camera.turn}_${camera.tilt}`),
  };
}
