// @ts-check
/** The preview of a stack: a quick fuse, and what a person chooses by it. */

import { allow, by, isAllowed, make, onPress, write } from "../shared/elements.js";
import { language, languages, loadWords, named, say, speak } from "../shared/words.js";
import * as crop from "./crop.js";
import { ask, follow } from "./server.js";

// Of the frame's sides: the place at which methods are seen side by side, and px at most.
const PLACE = 0.25;
const PLACE_PX = 640;

/** @type {import("./server.js").Data} */
const data = JSON.parse(by("data").textContent || "{}");
const left = new Set(data.exclude ?? []);
/** @type {import("./server.js").State | null} */
let state = null;
let isPlacing = false;
// The comparison that was shown last, whole.
let seen = -1;

const method = () =>
  /** @type {HTMLInputElement | null} */ (document.querySelector('input[name="method"]:checked'))?.value;

/** @param {string} text */
const tell = (text) => write(by("told"), text);

/** @param {number[]} [place] x, y, width, height: all methods, there */
async function preview(place) {
  tell("");
  const given = { stack: data.stack, exclude: [...left] };
  const methods = place ? data.methods : [method() ?? data.methods[0]];
  const told = await ask("preview", place ? { ...given, methods, place } : { ...given, methods });
  if (told.error) tell(told.error);
}

async function choose() {
  const told = await ask("choose", {
    stack: data.stack,
    crop: crop.chosen(),
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
}

function methods() {
  const before = method() ?? data.method;
  const made = data.methods.map((name) => {
    const input = make("input", { type: "radio", name: "method", value: name });
    input.checked = name === before;
    return make("label", {}, [input, make("span", { text: name })]);
  });
  by("methods").replaceChildren(...made);
}

/** Show how far the preview is, and what came of it. */
function show() {
  const { state: at, progress, verdict, pictures } = state ?? {};
  const percent = progress ? ` ${Math.round(progress * 100)} %` : "";
  write(by("doing"), at ? `${named("preview.state", at)}${at === "running" ? percent : ""}` : "");
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
    whole();
  });
  return make("li", {}, [shown, button]);
}

/** The picture of the whole again. */
function whole() {
  by("beside").hidden = true;
  by("beside").replaceChildren();
}

/** @param {boolean} on */
function placing(on) {
  whole();
  isPlacing = on;
  by("compare").setAttribute("aria-pressed", String(on));
  by("whole").classList.toggle("placing", on);
  if (on) tell(say("preview.compare.hint"));
}

/**
 * Compare the methods around a place, where that is what a press means.
 * @param {[number, number]} at
 */
function placed([x, y]) {
  if (!isPlacing) return false;
  placing(false);
  const [width, height] = [data.width_px, data.height_px].map((side) =>
    Math.min(PLACE_PX, Math.max(1, Math.round(side * PLACE))),
  );
  const corner = [
    Math.round(Math.min(Math.max(x - width / 2, 0), data.width_px - width)),
    Math.round(Math.min(Math.max(y - height / 2, 0), data.height_px - height)),
  ];
  void preview([...corner, width, height]);
  return true;
}

function sayAll() {
  const other = languages().find((name) => name !== language()) ?? "en";
  write(by("language"), other.toUpperCase());
  by("language").lang = other;
  document.title = `${data.specimen} ${data.view} · ${say("preview.title")}`;
  methods();
  frames();
  show();
}

await loadWords();
write(by("specimen"), data.specimen);
write(by("view"), data.view);
by("back").href = `/stack/${[data.specimen, data.view].map(encodeURIComponent).join("/")}`;
by("whole").style.setProperty("--shape", `${data.width_px || 3} / ${data.height_px || 2}`);
crop.start(data.width_px, data.height_px, data.crop, placed);
sayAll();
by("language").addEventListener("click", async () => {
  const names = languages();
  await speak(names[(names.indexOf(language()) + 1) % names.length]);
  sayAll();
});
onPress(by("again"), () => void preview());
onPress(by("compare"), () => placing(!isPlacing));
onPress(by("cancel"), () => void ask("cancel", { stack: data.stack }));
by("panel").addEventListener("submit", (/** @type {Event} */ event) => {
  event.preventDefault();
  if (isAllowed(by("choose"))) void choose();
});
by("drawn").addEventListener("keydown", (/** @type {KeyboardEvent} */ event) => {
  // By keys, the place is the middle.
  if (event.key === "Enter" && isPlacing) placed([data.width_px / 2, data.height_px / 2]);
});
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") placing(false);
});
follow(data, (told) => {
  state = told;
  show();
});
if (data.frames.length) void preview();
document.body.dataset.ready = "yes";
