// @ts-check
/** The last test shot, judged: light, what is clipped, where it is sharp, what is odd. */

import { by, make, onPress, write } from "../shared/elements.js";
import { number, share } from "../shared/numbers.js";
import { language, say } from "../shared/words.js";
import { drawHistogram } from "./chart.js";

/** @param {(picture: string, text: string, map?: string) => void} enlarge */
export function judged(enlarge) {
  /** @type {any} */
  let shot = null;
  let isMapped = true;
  onPress(by("shot-open"), () =>
    enlarge(address(shot, "picture"), say("shot"), isMapped ? address(shot, "sharpness_map") : ""),
  );
  const map = () => {
    by("shot-map").hidden = !isMapped || !shot?.sharpness_map;
    by("shot-map-on").setAttribute("aria-pressed", String(isMapped));
  };
  onPress(by("shot-map-on"), () => {
    isMapped = !isMapped;
    map();
  });

  /** @param {import("./server.js").State} state */
  return (state) => {
    shot = state.desk.shot;
    by("shot-none").hidden = Boolean(shot);
    for (const id of ["shot-open", "shot-light", "shot-told"]) by(id).hidden = !shot;
    if (!shot) return;
    for (const [id, what] of [["shot-picture", "picture"], ["shot-map", "sharpness_map"]])
      if (shot[what] && by(id).getAttribute("src") !== address(shot, what)) by(id).src = address(shot, what);
    map();
    by("shot-map-on").hidden = !shot.sharpness_map;
    drawHistogram(by("histogram"), shot.histogram ?? {});
    by("histogram").setAttribute("aria-label", say("shot.histogram.describe"));
    const channels = Object.entries(shot.clipped_percent ?? {});
    by("clipped").replaceChildren(
      make("span", { class: "dim", text: `${say("shot.clipped")} ` }),
      ...channels.map(([name, percent]) =>
        make("span", { class: `channel ${name}`, text: `${say(name)} ${share(Number(percent), language())}` }),
      ),
    );
    const sharp = Number(shot.sharpness);
    write(by("shot-sharpness"), Number.isFinite(sharp) ? number(sharp, language(), sharp < 10 ? 2 : 0) : "–");
    const told = [...(shot.is_black ? [say("shot.black")] : []), ...(shot.warnings ?? [])];
    const text = JSON.stringify(told);
    if (by("shot-warnings").dataset.text !== text) {
      by("shot-warnings").dataset.text = text;
      by("shot-warnings").replaceChildren(...told.map((line) => make("li", { class: "warning", text: line })));
    }
  };
}

/**
 * The picture of this very shot: its address is that of the last one, whichever it was.
 * @param {any} shot
 * @param {string} what
 */
function address(shot, what) {
  return shot?.[what] ? `${shot[what]}?${encodeURIComponent(shot.file ?? "")}` : "";
}
