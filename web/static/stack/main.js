// @ts-check
/** The page of a stack: its parts, and what happens between them. */

import { by, make, onPress, write } from "../shared/elements.js";
import { language, languages, loadWords, say, speak } from "../shared/words.js";
import { choosing } from "./choosing.js";
import { curtain } from "./curtain.js";
import { curves } from "./curves.js";
import { facts } from "./facts.js";
import { unpacked } from "./grids.js";
import { Images } from "./images.js";
import { KEYS, keys } from "./keys.js";
import { ledger } from "./ledger.js";
import { measuring } from "./measuring.js";
import { overlays } from "./overlays.js";
import { pointer } from "./pointer.js";
import { scalebar } from "./scalebar.js";
import { still } from "./still.js";
import { tabs } from "./tabs.js";
import { zoom } from "./zoom.js";

await loadWords();

/** @type {any} */
const data = JSON.parse(by("data").textContent || "{}");
/** @type {import("./view.js").Picture[]} */
const pictures = (data.images ?? []).filter((/** @type {any} */ one) => one.tiles || one.file);
const size = { width_px: data.width_px || 1, height_px: data.height_px || 1 };
const known = { ...size, depth: unpacked(data.depth), source: unpacked(data.source) };
const frames = data.frames ?? [];
const pixel_size_um = data.pixel_size_um > 0 ? data.pixel_size_um : null;

const stage = by("stage");
stage.dataset.empty = pictures.length ? "no" : "yes";
const hasZoom = "OpenSeadragon" in window;
const view = (hasZoom ? zoom : still)(by("pictures"), size, new Map(pictures.map((one) => [one.id, one])));
const images = new Images(view, pictures, stage, () => stage.clientWidth);
const choose = choosing(images);
curtain(images);
const over = overlays(images, data.legend ?? {});
const pointed = pointer(view, images, known);
const measure = measuring(view, known, {
  pixel_size_um,
  pixel_size_uncertainty_um: data.pixel_size_uncertainty_um ?? null,
  pixel_size_from: data.pixel_size_from ?? "",
  stack: `${data.specimen}/${data.view}`,
});
const bar = scalebar(view, pixel_size_um);
const parts = [choose, over, curves(images, frames), ledger(images, frames)];
// Where there is no picture, nothing can be measured: what is wrong is shown instead.
const open = pictures.length ? tabs([], "measure") : tabs(["measure"], "warnings-tab");

images.onMissing = (label) => write(by("stage-told"), say("look.missing", { picture: label }));

/** Everything that holds words. */
function words() {
  document.title = `${data.specimen} · ${data.view} · Holostack`;
  write(by("language"), languages().find((one) => one !== language())?.toUpperCase() ?? "");
  write(by("specimen"), data.specimen ?? "");
  write(by("view"), data.view ?? "");
  write(by("stage-told"), pictures.length ? (hasZoom ? "" : say("look.zoom.none")) : say("look.pictures.none"));
  for (const part of parts) part.speak();
  facts(data);
  measure.show();
  bar();
  const works = KEYS.filter(([key]) => pictures.length || key === "?");
  by("keys").replaceChildren(
    ...works.flatMap(([key, word]) => [make("dt", {}, [make("kbd", { text: key })]), make("dd", { text: say(word) })]),
  );
}

/** @param {import("./measured.js").Kind} kind */
function tool(kind) {
  if (!pictures.length) return;
  open("measure");
  measure.take(measure.tool() === kind ? "" : kind);
  if (measure.tool()) stage.focus();
}

keys(
  {
    ",": () => images.step(-1),
    ".": () => images.step(1),
    m: choose.master,
    b: () => images.change({ how: images.seen.how === "blink" ? "one" : "blink", isSecond: false }),
    c: () => images.change({ how: images.seen.how === "curtain" ? "one" : "curtain", isSecond: false }),
    x: choose.flip,
    o: over.next,
    "+": () => view.zoomBy(1.25),
    "-": () => view.zoomBy(0.8),
    0: view.fit,
    1: () => view.zoomTo(1),
    l: () => tool("length"),
    a: () => tool("angle"),
    r: () => tool("area"),
    p: () => tool("profile"),
    "?": () => by("help").showModal(),
  },
  view,
  measure,
  pointed,
);
onPress(by("zoom-in"), () => view.zoomBy(1.5));
onPress(by("zoom-out"), () => view.zoomBy(1 / 1.5));
onPress(by("zoom-fit"), view.fit);
onPress(by("zoom-full"), () => view.zoomTo(1));
// Nor is there anything to choose, to zoom or to point at.
for (const id of ["choices", "here", "zooms"]) by(id).hidden = !pictures.length;
for (const id of ["zoom-in", "zoom-out", "zoom-fit", "zoom-full"]) by(id).hidden = !hasZoom;
onPress(by("help-open"), () => by("help").showModal());
onPress(by("language"), async () => {
  const others = languages();
  await speak(others[(others.indexOf(language()) + 1) % others.length]);
  words();
});

// What needs a server is offered where one answers.
const isLive = document.body.dataset.live === "yes";
const own = `/stack/${encodeURIComponent(data.specimen)}/${encodeURIComponent(data.view)}`;
for (const [id, to] of [["to-preview", `${own}/preview`], ["to-retouch", `${own}/retouch`]]) {
  // Of a stack that was reduced there is nothing here to work on.
  by(id).hidden = !isLive || data.state === "reduced";
  by(id).href = to;
}
// Without one, a crop can still be drawn: its page tells what goes into the sheet.
if (!isLive && data.crop_page) {
  by("to-preview").hidden = false;
  by("to-preview").href = data.crop_page;
}
if (data.surface_page) {
  by("to-surface").hidden = false;
  by("to-surface").href = data.surface_page;
}
by("to-collection").href = isLive ? "/" : (data.home ?? "../../../index.html");

words();
await images.change({});
document.body.dataset.ready = "yes";
