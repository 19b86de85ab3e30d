// @ts-check
/** The preview of a stack: a quick fuse, and what a person chooses by it. */

import { allow, by, isAllowed, make, onPress, write } from "../shared/elements.js";
import { language, languages, loadWords, named, say, speak } from "../shared/words.js";
import { cropText, showCells } from "./cells.js";
import * as crop from "./crop.js";
import * as place from "./place.js";
import { ask, follow } from "./server.js";
import { toStored, toUpright, uprightSize } from "./upright.js";

/** @type {import("./server.js").Data} */
const data = JSON.parse(by("data").textContent || "{}");
const left = new Set(data.exclude ?? []);
// Where no server answers, the page shows what a run left, and the text for the cells.
const isLive = document.body.dataset.live === "yes";
const orientation = data.orientation ?? 1;
const stored = { width: data.width_px, height: data.height_px };
const upright = uprightSize(stored, orientation);
/** @type {import("./server.js").State | null} */
let state = null;
// The comparison that was shown last, whole.
let seen = -1;

const method = () =>
  /** @type {HTMLInputElement | null} */ (document.querySelector('input[name="method"]:checked'))?.value;

/** @param {string} text */
const tell = (text) => write(by("told"), text);

/** @param {number[]} [at] x, y, width, height in px of the fused image: all methods, there */
async function preview(at) {
  tell("");
  const given = { stack: data.stack, exclude: [...left] };
  const methods = at ? data.methods : [method() ?? data.methods[0]];
  const told = await ask("preview", at ? { ...given, methods, place: at } : { ...given, methods });
  if (told.error) tell(told.error);
}

/** What becomes the master, in px of the fused image. */
function chosenCrop() {
  const chosen = crop.chosen();
  return typeof chosen === "string" ? chosen : toStored(chosen, stored, orientation);
}

function cells() {
  const names = data.frames.filter((frame) => left.has(frame.frame)).map((frame) => frame.file);
  showCells(by("cells"), {
    crop: cropText(chosenCrop()),
    exclude: names.join("; "),
    exclude_reason: names.length ? say("preview.cells.reason") : "",
    "fuse.method": method() ?? "",
  });
}

async function choose() {
  const wanted = chosenCrop();
  const sides = typeof wanted === "string" ? wanted : cropText(wanted).split(",").map(Number);
  const told = await ask("choose", {
    stack: data.stack,
    crop: sides,
    exclude: [...left],
    method: method(),
  });
  tell(told.error ?? say("preview.chosen"));
  by("told").classList.toggle("error", Boolean(told.error));
}

/** Show the frames, each with whether it is left out. */
function frames() {
  const rows = data.frames.map((frame) => {
    const box = make("input", { type: "checkbox", checked: !left.has(frame.frame) });
    box.checked = !left.has(frame.frame);
    box.addEventListener("change", () => {
      if (box.checked) left.delete(frame.frame);
      else left.add(frame.frame);
      count();
    });
    const shown = frame.picture
      ? make("img", { src: frame.picture, alt: "", loading: "lazy", width: "72", height: "54" })
      : null;
    const label = make("label", {}, [box, shown, make("span", { text: `${frame.frame} · ${frame.file}` })]);
    const why = frame.reason ? make("p", { class: "small warning", text: frame.reason }) : null;
    return make("li", {}, [label, why]);
  });
  by("frames").replaceChildren(...rows);
  count();
}

function count() {
  const n = data.frames.length - left.size;
  write(by("frames-told"), say("preview.frames", { n, of: data.frames.length }));
  allow(by("choose"), n > 0);
  allow(by("again"), n > 0);
  cells();
}

function methods() {
  const before = method() ?? data.method;
  const made = data.methods.map((name) => {
    const input = make("input", { type: "radio", name: "method", value: name });
    input.checked = name === before;
    input.addEventListener("change", cells);
    return make("label", {}, [input, make("span", { text: name })]);
  });
  by("methods").replaceChildren(...made);
}

/** Show how far the preview is, and what came of it. */
function show() {
  const { state: at, progress, verdict, pictures } = state ?? {};
  const percent = progress ? ` ${Math.round(progress * 100)} %` : "";
  const n = pictures?.[0]?.frames ?? 0;
  const some = at === "running" && n && !state?.place ? ` · ${say("preview.some", { n })}` : "";
  write(by("doing"), at ? `${named("preview.state", at)}${at === "running" ? percent : ""}${some}` : "");
  by("cancel").hidden = at !== "running";
  const said = [
    ...(verdict?.error ? [make("li", { class: "error", text: verdict.error })] : []),
    ...(verdict?.warnings ?? []).map((one) =>
      make("li", { class: "warning", text: typeof one === "string" ? one : one.text }),
    ),
    ...(verdict?.frames ?? [])
      .filter((one) => one.reason)
      .map((one) => make("li", { text: `${one.file}: ${one.reason}` })),
  ];
  if (!said.length)
    said.push(make("li", { class: "dim", text: say(at === "done" ? "preview.well" : "preview.none") }));
  by("verdict").replaceChildren(...said);
  if (!pictures?.length) return;
  if (state?.place) {
    // Told once more when the connection comes back, it is no news.
    if (state.n === seen) return;
    seen = at === "done" ? state.n : seen;
    by("beside").hidden = false;
    by("beside").replaceChildren(...pictures.map(beside));
    return;
  }
  const picture = by("picture");
  if (picture.getAttribute("src") !== pictures[0].url) picture.src = pictures[0].url;
  picture.alt = say("preview.fused", { method: pictures[0].method });
  picture.hidden = false;
  by("nothing").hidden = true;
}

/**
 * A method's picture of the place, by which it is chosen.
 * @param {import("./server.js").Picture} picture
 */
function beside(picture) {
  const shown = make("img", { src: picture.url, alt: say("preview.fused", { method: picture.method }) });
  const button = make("button", { type: "button", text: say("preview.take", { method: picture.method }) });
  button.addEventListener("click", () => {
    for (const input of document.querySelectorAll('input[name="method"]'))
      /** @type {HTMLInputElement} */ (input).checked =
        /** @type {HTMLInputElement} */ (input).value === picture.method;
    cells();
    whole();
  });
  return make("li", {}, [shown, button]);
}

/** The picture of the whole again. */
function whole() {
  by("beside").hidden = true;
  by("beside").replaceChildren();
}

/** @param {boolean} on whether a place is to be chosen */
function placing(on) {
  whole();
  place.choosing(on);
  if (!on) return;
  tell(say("preview.compare.hint"));
  // Arrows and Enter go on there.
  by("drawn").focus();
}

/** @param {import("./rectangle.js").Rectangle} at upright */
function compare(at) {
  const { x, y, width, height } = toStored(at, stored, orientation);
  void preview([x, y, width, height]);
}

/** The sheet's crop as it is shown. @returns {"common" | "none" | import("./rectangle.js").Rectangle} */
function before() {
  if (!Array.isArray(data.crop)) return data.crop === "none" ? "none" : "common";
  const [x, y, width, height, angle = 0] = data.crop;
  return toUpright({ x, y, width, height, angle }, stored, orientation);
}

function sayAll() {
  const other = languages().find((name) => name !== language()) ?? "en";
  write(by("language"), other.toUpperCase());
  by("language").lang = other;
  document.title = `${data.specimen} ${data.view} · ${say("preview.title")}`;
  methods();
  frames();
  crop.tell();
  show();
}

if (!data.frames.length) by("nothing").dataset.word = "preview.no_frames";
await loadWords();
write(by("specimen"), data.specimen);
write(by("view"), data.view);
by("back").href = isLive
  ? `/stack/${[data.specimen, data.view].map(encodeURIComponent).join("/")}`
  : "index.html";
by("whole").style.setProperty("--shape", `${upright.width || 3} / ${upright.height || 2}`);
place.start(upright, compare);
crop.start(upright, before(), place.takes, cells);
sayAll();
by("language").addEventListener("click", async () => {
  const names = languages();
  await speak(names[(names.indexOf(language()) + 1) % names.length]);
  sayAll();
});
onPress(by("again"), () => void preview());
onPress(by("compare"), () => placing(!place.isChoosing()));
onPress(by("cancel"), () => void ask("cancel", { stack: data.stack }));
by("panel").addEventListener("submit", (/** @type {Event} */ event) => {
  event.preventDefault();
  if (isAllowed(by("choose"))) void choose();
});
by("drawn").addEventListener("keydown", (/** @type {KeyboardEvent} */ event) => {
  if (place.press(event) || (!place.isChoosing() && crop.press(event))) event.preventDefault();
});
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") placing(false);
});
if (isLive) {
  follow(data, (told) => {
    state = told;
    show();
  });
  if (data.frames.length) void preview();
} else {
  for (const id of ["judged", "compare", "acts"]) by(id).hidden = true;
  by("cells-static").hidden = false;
  by("picture").src = data.picture ?? "";
  by("picture").hidden = !data.picture;
  by("nothing").hidden = true;
}
document.body.dataset.ready = "yes";
