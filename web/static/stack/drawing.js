// @ts-check
/** Lines over the picture: what is measured, and the crosshair. */

import { by, draw } from "../shared/elements.js";

/**
 * @typedef {import("./geometry.js").Point} Point
 * @typedef {{measurement: import("./measured.js").Measurement, label: string, isChosen: boolean}} Drawn
 */

/**
 * @param {import("./view.js").View} view
 * @param {(measurement: import("./measured.js").Measurement, at: number, point: Point) => void} moved
 *   a point was dragged
 */
export function drawing(view, moved) {
  const lines = by("lines");
  const at = (/** @type {Point} */ point) => {
    const { x, y } = view.toScreen(point);
    return `${x.toFixed(1)} ${y.toFixed(1)}`;
  };

  /**
   * @param {import("./measured.js").Measurement} measurement
   * @param {number} i
   */
  function handle(measurement, i) {
    const { x, y } = view.toScreen(measurement.points[i]);
    const dot = draw("circle", { class: "handle", cx: x.toFixed(1), cy: y.toFixed(1), r: "6" });
    dot.addEventListener("pointerdown", (/** @type {PointerEvent} */ event) => {
      event.stopPropagation();
      lines.setPointerCapture(event.pointerId);
      const box = lines.getBoundingClientRect();
      const drag = (/** @type {PointerEvent} */ now) =>
        moved(measurement, i, view.toImage({ x: now.clientX - box.left, y: now.clientY - box.top }));
      const end = () => {
        lines.removeEventListener("pointermove", drag);
        for (const name of ["pointerup", "pointercancel"]) lines.removeEventListener(name, end);
      };
      lines.addEventListener("pointermove", drag);
      for (const name of ["pointerup", "pointercancel"]) lines.addEventListener(name, end);
    });
    return dot;
  }

  /** @param {Drawn} drawn */
  function one({ measurement, label, isChosen }) {
    const { kind, points } = measurement;
    const path = `M${points.map(at).join("L")}${kind === "area" && points.length > 2 ? "Z" : ""}`;
    const group = draw("g", { class: `measured ${kind}${isChosen ? " chosen" : ""}` });
    group.append(draw("path", { class: "edge", d: path }), draw("path", { class: "line", d: path }));
    points.forEach((_, i) => group.append(handle(measurement, i)));
    if (label) {
      const place = view.toScreen(middle(kind, points));
      group.append(draw("text", { x: place.x.toFixed(1), y: (place.y - 10).toFixed(1), "text-anchor": "middle", text: label }));
    }
    return group;
  }

  return {
    /**
     * @param {Drawn[]} all
     * @param {Point | null} crosshair
     */
    show(all, crosshair) {
      const inside = all.filter(({ measurement }) => measurement.points.length).map(one);
      if (crosshair) {
        const { x, y } = view.toScreen(crosshair);
        const d = `M${x - 14} ${y}H${x - 3}M${x + 3} ${y}H${x + 14}M${x} ${y - 14}V${y - 3}M${x} ${y + 3}V${y + 14}`;
        inside.push(draw("g", { class: "crosshair" }, [draw("path", { class: "edge", d }), draw("path", { class: "line", d })]));
      }
      lines.replaceChildren(...inside);
    },
  };
}

/**
 * Where the text of a measurement stands.
 * @param {string} kind
 * @param {Point[]} points
 */
function middle(kind, points) {
  if (kind === "angle" && points.length > 1) return points[1];
  return {
    x: points.reduce((sum, one) => sum + one.x, 0) / points.length,
    y: points.reduce((sum, one) => sum + one.y, 0) / points.length,
  };
}
