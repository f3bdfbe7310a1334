import { button, element } from "../parts/dom.js";
import { defaultCamera, turned, type Camera } from "../state/camera.js";
import type { StepView } from "../state/stepView.js";

/** Switch between the plane of two components and all three. */
export function spaceSwitch(view: StepView): HTMLElement {
  const plane = button("2D", () => view.setCamera(null), { title: "two components" });
  const space = button("3D", () => view.setCamera(view.camera ?? defaultCamera), {
    title: "three components: drag or use the arrow keys to turn",
  });
  const show = (): void => {
    plane.setAttribute("aria-pressed", String(view.camera === null));
    space.setAttribute("aria-pressed", String(view.camera !== null));
  };
  const keys: Readonly<Record<string, readonly [number, number]>> = {
    ArrowLeft: [-15, 0],
    ArrowRight: [15, 0],
    ArrowUp: [0, -15],
    ArrowDown: [0, 15],
  };
  space.addEventListener("keydown", (event) => {
    const move = keys[event.key];
    if (move === undefined || view.camera === null) return;
    event.preventDefault();
    event.stopPropagation();
    view.setCamera(turned(view.camera, ...move));
  });
  view.subscribe((change) => {
    if (change === "camera") show();
  });
  show();
  return element("span", { class: "space-switch", role: "group", "aria-label": "dimensions" }, plane, space);
}

/** Turns the path with the pointer while it is shown in three dimensions. */
export function followDrags(target: HTMLElement, view: StepView): void {
  let start: { readonly x: number; readonly y: number; readonly camera: Camera } | null = null;
  target.addEventListener("pointerdown", (event) => {
    if (view.camera === null || event.button !== 0) return;
    start = { x: event.clientX, y: event.clientY, camera: view.camera };
  });
  window.addEventListener("pointermove", (event) => {
    if (start === null) return;
    view.setCamera(turned(start.camera, event.clientX - start.x, event.clientY - start.y));
  });
  window.addEventListener("pointerup", () => {
    start = null;
  });
}
