// @ts-check
/** The bench's page: its parts, and what happens between them. */

import { ask as request } from "../shared/ask.js";
import { allow, by, make, onPress, write } from "../shared/elements.js";
import { duration, number } from "../shared/numbers.js";
import { language, languages, loadWords, named, say, speak } from "../shared/words.js";
import * as bell from "./bell.js";
import { camera } from "./camera.js";
import { frames } from "./frames.js";
import { judged } from "./judged.js";
import { KEYS, Scanner, WAIT_MS, asked } from "./keys.js";
import * as loupe from "./loupe.js";
import { heard, messages, settle, tell } from "./messages.js";
import { rail } from "./rail.js";
import { range } from "./range.js";
import { follow, followLive, stop } from "./server.js";
import { specimens } from "./specimens.js";
import { stacks } from "./stacks.js";
import * as stage from "./stage.js";

await loadWords();

/** @type {import("./server.js").State | null} */
let state = null;
const scanner = new Scanner();
const TABS = ["range", "frames", "shot", "stacks"];
const PANELS = ["range", "frames", "judged", "stacks"];

/**
 * Ask the bench; what it refuses is told.
 * @type {import("./rail.js").Ask}
 */
async function ask(name, given = {}) {
  try {
    const refused = await (name === "stop" ? stop() : request(name, given));
    if (refused) tell(refused, "warning");
    else settle();
    return !refused;
  } catch {
    connected(false);
    return false;
  }
}

/**
 * @param {boolean} isThere
 * @param {"silent" | "refused"} [why] not
 */
function connected(isThere, why = "silent") {
  const was = document.body.dataset.connected === "true";
  document.body.dataset.connected = String(isThere);
  by("gone").hidden = isThere;
  write(by("gone"), isThere ? "" : say(why === "refused" ? "connection.anew" : "connection.lost"));
  if (isThere && !was) tell(say("connection.back"));
}

/** @param {number} at */
function tab(at) {
  TABS.forEach((name, i) => {
    const button = by(`tab-${name}`);
    button.setAttribute("aria-selected", String(i === at));
    by(PANELS[i]).hidden = i !== at;
  });
  by("dock").dataset.tab = TABS[at];
  if (state) show(state);
}

/**
 * Show a picture in the place of the live one.
 * @param {string} picture
 * @param {string} text
 * @param {string} [map] laid over it
 */
function enlarge(picture, text, map = "") {
  for (const [id, address] of [["large", picture], ["large-map", map]]) {
    by(id).hidden = !address;
    if (address) by(id).src = address;
  }
  by("large").alt = text;
  by("stage").dataset.large = String(Boolean(picture));
  by("back").hidden = !picture;
  write(by("source-text"), text);
}

const table = specimens(ask);
const rails = rail(ask);
const parts = [rails.show, table.show, range(ask), frames(enlarge), judged(enlarge), stacks(ask, enlarge), camera(ask), heard];

/** @param {import("./server.js").State} now */
function show(now) {
  const before = state;
  state = now;
  const { desk } = now;
  const { doing } = desk;
  const isCapture = doing.what === "capture";
  document.body.dataset.doing = doing.what;
  document.body.dataset.paused = String(Boolean(doing.paused));
  write(by("rig-name"), desk.rig.name);
  write(by("rig-parts"), [desk.rig.rail, desk.rig.camera].filter(Boolean).join(" · "));
  const what = doing.paused ? say("doing.paused") : named("doing", doing.what);
  write(by("doing-text"), doing.stack ? `${what} · ${doing.stack}` : what);
  for (const part of parts) part(now);

  const view = now.table?.views?.find((/** @type {any} */ one) => one.view === now.table.view);
  const isRest = doing.what === "" && !desk.lost;
  allow(by("shot"), doing.what === "");
  allow(by("sweep"), isRest);
  allow(by("capture"), isRest);
  by("capture").hidden = isCapture;
  by("pause").hidden = !isCapture;
  write(by("pause-text"), say(doing.paused ? "go_on" : "pause"));
  write(by("capture-text"), say(view?.state === "interrupted" ? "capture.go_on" : "capture"));
  const { plan } = desk;
  write(
    by("capture-facts"),
    plan && !plan.refused
      ? say("capture.of", { frames: number(plan.frames, language()), time: duration(plan.seconds) })
      : say("capture.needs"),
  );
  by("asks").hidden = !desk.asks;
  write(by("asks-what"), desk.asks ?? "");
  const isBroken = desk.told[desk.told.length - 1]?.kind === "error";
  by("reopen").hidden = !isBroken || doing.what !== "";
  if (before && before !== now) {
    const tune = bell.deserves(before, now);
    if (tune) bell.ring(tune);
    if (isCapture && before.desk.doing.what !== "capture") tab(1);
  }
}

// Buttons of the page itself.
// Stop at the touch, not when the finger is lifted; a press by keyboard or reader has no pointer.
by("stop").addEventListener("pointerdown", () => void ask("stop"));
by("stop").addEventListener("click", (/** @type {MouseEvent} */ event) => {
  if (event.detail === 0) void ask("stop");
});
onPress(by("shot"), () => {
  tab(2);
  void ask("shot");
});
onPress(by("sweep"), () => {
  tab(0);
  void ask("sweep");
});
onPress(by("capture"), () => void ask("capture"));
onPress(by("pause"), () => void ask(state?.desk.doing.paused ? "go_on" : "pause"));
onPress(by("reopen"), () => void ask("reopen"));
by("asks").addEventListener("submit", (/** @type {Event} */ event) => {
  event.preventDefault();
  void ask("answer");
});
onPress(by("back"), () => enlarge("", ""));
TABS.forEach((name, i) => onPress(by(`tab-${name}`), () => tab(i)));
for (const what of /** @type {("peaking" | "zebra" | "lines" | "glass")[]} */ (["peaking", "zebra", "lines", "glass"]))
  onPress(by(what), () => stage.change(what));
onPress(by("loupe-scale"), () => {
  loupe.nextScale();
  stage.again();
});
onPress(by("loupe-again"), () => {
  loupe.forget();
  stage.again();
});
const canAim = () => ["focus_at", "autofocus"].some((name) => state?.desk.rig.can.includes(name));
onPress(by("loupe-focus"), () => canAim() && void ask("focus_at", loupe.place()));
onPress(by("help-open"), () => by("help").showModal());
const tellBell = () => by("bell").setAttribute("aria-pressed", String(bell.isOn()));
onPress(by("bell"), () => {
  bell.turn(!bell.isOn());
  tellBell();
});
onPress(by("language"), async () => {
  const all = languages();
  await speak(all[(all.indexOf(language()) + 1) % all.length]);
  inWords();
  if (state) show(state);
});

function inWords() {
  const all = languages();
  write(by("language"), all[(all.indexOf(language()) + 1) % all.length].toUpperCase());
  by("keys").replaceChildren(
    ...KEYS.map(([word, keys]) =>
      make("div", {}, [
        make("dt", {}, keys.map((key) => make("kbd", { text: named("key.name", key) }))),
        make("dd", { text: say(word) }),
      ]),
    ),
  );
  stage.tell();
  tellBell();
}

// The live picture under the pointer: the loupe follows; a click sets it, and focuses where that can be.
const live = /** @type {HTMLCanvasElement} */ (by("live"));
live.addEventListener("pointermove", (event) => {
  if (event.pointerType !== "touch" || event.buttons) loupe.point(stage.at(event));
});
for (const end of ["pointerleave", "pointercancel"]) live.addEventListener(end, () => loupe.point(null));
live.addEventListener("click", (event) => {
  const where = stage.at(event);
  if (!where) return;
  loupe.put(where);
  // A finger hides what it points at: it sets the loupe, and the button beside it focuses.
  const isFinger = /** @type {PointerEvent} */ (event).pointerType === "touch";
  if (canAim() && !isFinger) void ask("focus_at", where);
  stage.again();
});

// Keys.
/** @returns {"text" | "dialog" | ""} */
function focusPlace() {
  if (document.activeElement instanceof HTMLInputElement) return "text";
  return document.querySelector("dialog[open]") ? "dialog" : "";
}
/** @type {Record<string, [number, number]>} */
const LOUPE = { "loupe-up": [0, -1], "loupe-down": [0, 1], "loupe-left": [-1, 0], "loupe-right": [1, 0] };

/**
 * @param {string} act
 * @param {boolean} [isHeld] the key is held down, and this is not its first
 */
function act(act, isHeld = false) {
  if (isHeld && act.startsWith("jog") && rails.isMoving()) return;
  if (LOUPE[act]) {
    loupe.move(...LOUPE[act]);
    stage.again();
  } else if (act === "specimen") by("specimen").focus();
  else {
    const button = by(act);
    if (button.hidden) return;
    button.click();
    button.classList.add("pressed");
    setTimeout(() => button.classList.remove("pressed"), 140);
  }
}

document.addEventListener(
  "keydown",
  (event) => {
    // Afterwards, for opening the sound takes long, and a scanner's next key comes soon.
    setTimeout(bell.ready);
    const place = focusPlace();
    const wanted = asked(event, place);
    if (wanted === "stop" || wanted === "leave") {
      if (wanted === "leave") /** @type {HTMLElement} */ (document.activeElement).blur();
      // A scanned number may hold a space; should something move, it stops all the same.
      const isScanned = event.key === " " && scanner.isScanning;
      if (!isScanned || state?.desk.doing.what) void ask("stop");
      if (isScanned) scanner.heard(event.key, event.timeStamp);
      if (event.key === " ") event.preventDefault();
      else if (!by("back").hidden && !state?.desk.doing.what) by("back").click();
      return;
    }
    if (place || event.ctrlKey || event.altKey || event.metaKey) return;
    if (event.key === "Enter" || event.key.length === 1) {
      const code = scanner.heard(event.key, event.timeStamp);
      if (code && code !== "wait") {
        event.preventDefault();
        by("specimen").value = code.code;
        void table.take(code.code);
        return;
      }
      // Enter answers what the bench asks a person, unless a button has the focus.
      if (event.key === "Enter") {
        if (state?.desk.asks && !(event.target instanceof HTMLButtonElement)) by("answer").click();
        return;
      }
      event.preventDefault();
      // A letter alone is a person's; the first of a scanner's is told from it by the second.
      const { number: heardKey } = scanner;
      setTimeout(() => {
        if (wanted && (event.repeat || scanner.wasAlone(heardKey))) {
          scanner.forget();
          act(wanted, event.repeat);
        }
      }, WAIT_MS);
    } else if (wanted) {
      event.preventDefault();
      act(wanted, event.repeat);
    }
  },
  true,
);
document.addEventListener("keyup", (event) => {
  // A button fires at the release of a space: that one has stopped already.
  if (event.key === " " && focusPlace() !== "text") event.preventDefault();
});
document.addEventListener("pointerdown", bell.ready);

inWords();
messages();
tab(0);
follow(show, connected);
void followLive(async (picture, facts) => {
  if (by("stage").dataset.large !== "true") await stage.show(picture, facts);
  else await stage.keep(picture);
});
