// @ts-check
/** The retouching page: its parts, and what happens between them. */

import { by, isAllowed, make, onPress, write } from "../shared/elements.js";
import { language, languages, loadWords, named, say, speak } from "../shared/words.js";
import { Focus } from "./focus.js";
import { Healing } from "./healing.js";
import { KEYS, asked } from "./keys.js";
import { Master } from "./master.js";
import { Outbox } from "./outbox.js";
import { BASE, ask, making, page, state } from "./server.js";
import { brush, settings } from "./settings.js";
import { Sources } from "./sources.js";
import { Stage } from "./stage.js";
import { Strokes } from "./strokes.js";
import { Tiles } from "./tiles.js";
import { View } from "./view.js";

const PEN_MS = 3000;
const AGAIN_MS = 1500;
const MOVE = 80;

/** @type {Record<string, string>} */
const DID = {
  undo: "retouch.did.undo",
  redo: "retouch.did.redo",
  confirm: "retouch.did.confirm",
  reason: "retouch.did.reason",
  finish: "retouch.did.finish",
  forget: "retouch.did.forget",
};

await loadWords();
words();

/** @type {any} */
let facts = null;
for (;;) {
  const answer = await state().catch(() => ({ status: 0, told: {} }));
  if (answer.status === 200) {
    facts = answer.told;
    break;
  }
  trouble(answer.told.error ?? say("connection.lost"));
  if (answer.status) await new Promise(() => undefined);
  await later(AGAIN_MS);
}
trouble("");

const isMine = { pen: false };
const focus = new Focus(facts.focus);
const view = new View(facts.width_px, facts.height_px, facts.orientation);
/** @type {Stage | undefined} */
let stage;
const tiles = new Tiles(BASE, facts, (name, key) => stage?.came(name, key));
tiles.version.result = version(facts);
const sources = new Sources(facts.sources, focus, tiles, () => stage?.draw("source", "result", "over"));
const strokes = new Strokes({
  ask: (deed, names) => void deedOf(deed, names),
  look,
  explain: (id, reason) => void deedOf("reason", [id], { reason, person: brush.person, time: now() }),
  changed: () => stage?.draw("over"),
});
const healing = new Healing(view, () => /** @type {Stage} */ (stage).result.canvas, {
  find: (id) => void find(id),
  take: (id, source) => void deedOf("source", [id], { source }),
  title: (name) => sources.named(name),
});
const chosen = settings(() => {
  sourceName();
  stage?.draw("source", "over");
});
const outbox = new Outbox(`holostack.retouch.${facts.specimen}/${facts.view}.`, ask, {
  done: (told, id) => {
    const isSearched = healing.sent(id);
    answered(told, !isSearched);
  },
  refused: (sentence) => {
    stage?.refuse();
    trouble(sentence);
  },
  trouble: (why) => {
    if (why === "other") pen(false);
    trouble(why === "silent" ? say("retouch.silent") : why === "anew" ? say("retouch.anew") : "");
  },
});

/** Restoring paints from what was there before, which the source pane then shows. */
const painted = () => (brush.mode === "restore" ? "before" : sources.chosen.name);

stage = new Stage(view, tiles, facts, {
  source: painted,
  point: (x, y) => brush.mode !== "restore" && sources.point(x, y),
  mayPaint: () => isMine.pen,
  begin: (point) => {
    const { diameter_px, hardness, opacity, mode, match, person } = brush;
    const sent = outbox.begin(
      {
        id: crypto.randomUUID(),
        source: mode === "restore" ? "fused" : sources.chosen.name,
        mode,
        match: mode === "pixels" ? match : mode !== "restore",
        brush: { diameter_px, hardness, opacity },
        person,
        time: now(),
        reason: by("reason").value.trim(),
      },
      point,
    );
    if (mode === "heal" && sources.isAuto) healing.begin(sent);
    else healing.leave();
    return sent;
  },
  end: (sent) => {
    healing.painted(sent.stroke.id);
    outbox.end(sent);
  },
  resize: (factor) => chosen.resize(factor),
  moved: () => write(by("zoom"), `${new Intl.NumberFormat(language(), { style: "percent" }).format(view.scale)}`),
  strokes: () => strokes.strokes,
  chosen: () => strokes.chosen(),
  settled: () => healing.settled(),
});

strokes.take(facts);
write(by("name"), `${facts.specimen} · ${facts.view}`);
by("back").href = BASE.replace(/\/retouch$/, "");
write(by("command"), facts.command);
by("missing").hidden = facts.missing_frames.length === 0;
by("left-out").hidden = facts.left_out.length === 0;
by("left-out-why").replaceChildren(...facts.left_out.map((/** @type {string} */ text) => make("li", { text })));
const master = new Master(facts.making, {
  make: async () => {
    await outbox.sent();
    const { status, told } = await ask("make").catch(() => ({ status: 0, told: {} }));
    if (status === 202) return told;
    trouble(status ? (told.error ?? String(status)) : say("retouch.silent"));
    return null;
  },
  look: making,
});
show();
pen(await hasPen());
if (isMine.pen && outbox.recall()) tell(say("retouch.recalled"));
document.body.dataset.ready = "yes";

/**
 * Do something with strokes by their names, after all that was drawn is sent.
 * @param {string} deed
 * @param {string[]} names
 * @param {Record<string, any>} [more]
 * @returns {Promise<any>} what was told; null where it was not done
 */
async function deedOf(deed, names, more = {}) {
  if (!isMine.pen || !names.length) return null;
  await outbox.sent();
  for (;;)
    try {
      const { status, told } = await ask(deed, { names, ...more });
      if (status === 200) answered(told);
      else if (status === 423) pen(false);
      else trouble(status === 403 ? say("retouch.anew") : (told.error ?? String(status)));
      if (status === 200 && DID[deed]) tell(say(DID[deed], { count: names.length }));
      return status === 200 ? told : null;
    } catch {
      // Named, it may be asked for again.
      trouble(say("retouch.silent"));
      await later(AGAIN_MS);
    }
}

/** Find a frame that is clean where a stroke heals. @param {string} id */
async function find(id) {
  tell(say("retouch.healing"));
  const told = await deedOf("heal", [id]);
  stage?.answered();
  if (told?.candidates.length) {
    tell("");
    return healing.found(id, told.candidates);
  }
  // Why it was not looked for, or that none was found.
  const why = told ? "" : by("trouble").textContent;
  healing.leave();
  await deedOf("undo", [id]);
  trouble(why);
  tell(told ? say("retouch.healed.none") : "");
}

/**
 * @param {any} told what the strokes are now, and what of the result changed
 * @param {boolean} [isShown] what was drawn goes once the result's tiles are there
 */
function answered(told, isShown = true) {
  trouble("");
  const isKnown = told.stroke ? strokes.add(told) : Boolean(told.strokes);
  if (!isKnown) return void again();
  if (told.strokes) strokes.take(told);
  if (healing.now && !strokes.strokes.some((one) => one.id === healing.now?.stroke.id)) healing.leave();
  master.changed();
  if (told.changed_px) {
    tiles.renew("result", told.changed_px, version(told));
    if (isShown) stage?.answered();
    else stage?.draw("result");
  }
  show();
  stage?.draw("over");
}

/** @param {any} told */
function version(told) {
  return `${told.revision}-${Date.now().toString(36)}`;
}

function show() {
  strokes.show(new Set(outbox.waiting.map((one) => one.stroke.id)));
  sources.show();
  sourceName();
}

function sourceName() {
  if (brush.mode === "restore") write(by("source-name"), say("retouch.pane.before"));
  else sources.show();
  write(by("result-name"), say(stage?.isPeeking ? "retouch.pane.peek" : stage?.isBefore ? "retouch.pane.before" : "retouch.pane.result"));
  write(by("left-out-count"), facts ? say("retouch.left_out", { count: facts.left_out.length }) : "");
  write(by("missing"), facts ? say("retouch.frames_missing", { count: facts.missing_frames.length }) : "");
}

/** Show a stroke. @param {any} stroke */
function look(stroke) {
  const path = stroke.path_px ?? [];
  if (!path.length || !stage) return;
  const [x, y] = path[path.length >> 1];
  const [screenX, screenY] = view.toScreen(x, y);
  stage.move(view.pane[0] / 2 - screenX, view.pane[1] / 2 - screenY);
}

// Who paints.

/** @param {boolean} [take] */
async function hasPen(take = false) {
  const { status, told } = await ask("pen", { take }).catch(() => ({ status: 0, told: {} }));
  if (status === 409) trouble(told.error);
  if (status === 403) trouble(say("retouch.anew"));
  // A server that does not answer now, or was started anew, has not given it to another.
  return status === 200 ? Boolean(told.yours) : [0, 403].includes(status) && isMine.pen;
}

/** @param {boolean} yours */
function pen(yours) {
  isMine.pen = yours;
  by("other").hidden = yours;
  document.body.dataset.pen = yours ? "yes" : "no";
}

setInterval(async () => {
  const had = isMine.pen;
  const has = await hasPen();
  pen(has);
  if (has && !had) await again();
}, PEN_MS);
onPress(by("take"), async () => {
  pen(await hasPen(true));
  if (isMine.pen) await again();
});

/** What another page did meanwhile. */
async function again() {
  const { status, told } = await state().catch(() => ({ status: 0, told: {} }));
  if (status !== 200) return;
  answered({ ...told, changed_px: [0, 0, facts.width_px, facts.height_px] });
  outbox.recall();
}
addEventListener("pagehide", () => void ask("pen", { leave: true }).catch(() => undefined));

// Keys and buttons.

/** @returns {"stage" | "field" | "control" | "dialog"} */
function place() {
  const { activeElement } = document;
  if (document.querySelector("dialog[open]")) return "dialog";
  if (activeElement instanceof HTMLInputElement) return activeElement.type === "range" ? "control" : "field";
  if (!activeElement || activeElement === document.body || activeElement === by("stage")) return "stage";
  return "control";
}

/** @type {Record<string, () => void>} */
const ACTS = {
  smaller: () => chosen.resize(1 / 1.15),
  larger: () => chosen.resize(1.15),
  softer: () => chosen.harden(-0.1),
  harder: () => chosen.harden(0.1),
  fainter: () => chosen.strengthen(-0.1),
  stronger: () => chosen.strengthen(0.1),
  earlier: () => sources.step(-1),
  later: () => sources.step(1),
  auto: () => sources.auto(),
  before: () => before(!stage?.isBefore),
  pixels: () => chosen.setMode("pixels"),
  detail: () => chosen.setMode("detail"),
  restore: () => chosen.setMode("restore"),
  heal: () => chosen.setMode("heal"),
  next: () => healing.next(),
  match: () => isAllowed(by("match")) && by("match").click(),
  fit: () => stage?.fit(),
  actual: () => zoom(1),
  double: () => zoom(2),
  panes: () => by("panes").click(),
  painted: () => by("painted").click(),
  help: () => by("help").showModal(),
  undo: () => by("undo").click(),
  redo: () => by("redo").click(),
  dab: () => stage?.dab(),
  left: () => stage?.move(MOVE, 0),
  right: () => stage?.move(-MOVE, 0),
  up: () => stage?.move(0, MOVE),
  down: () => stage?.move(0, -MOVE),
  peek: () => peek(true),
  drag: () => {
    if (stage) stage.isSpace = true;
    document.body.dataset.drag = "yes";
  },
  leave: () => /** @type {HTMLElement} */ (document.activeElement)?.blur(),
};
const ONCE = ["auto", "before", "match", "panes", "painted", "help", "dab", "peek", "drag"];

document.addEventListener("keydown", (event) => {
  const act = asked(event, place());
  if (!act) return;
  event.preventDefault();
  if (event.repeat && ONCE.includes(act)) return;
  ACTS[act]();
});
document.addEventListener("keyup", (event) => {
  if (event.key === " " && stage) {
    stage.isSpace = false;
    document.body.dataset.drag = "no";
  }
  if (event.key.toLowerCase() === "x" || event.key === "Alt") peek(false);
});
addEventListener("blur", () => {
  peek(false);
  if (stage) stage.isSpace = false;
});

/** @param {boolean} isOn */
function peek(isOn) {
  if (!stage || stage.isPeeking === isOn) return;
  stage.isPeeking = isOn;
  sourceName();
  stage.draw("result", "over");
}

/** @param {boolean} isOn */
function before(isOn) {
  if (!stage) return;
  stage.isBefore = isOn;
  sourceName();
  stage.draw("result", "over");
}

/** @param {number} scale */
function zoom(scale) {
  const at = stage?.pointer ?? [view.pane[0] / 2, view.pane[1] / 2];
  stage?.zoom(scale, at[0], at[1]);
}

onPress(by("fit"), () => stage?.fit());
onPress(by("actual"), () => zoom(1));
onPress(by("panes"), () => {
  const isTwo = document.body.dataset.panes !== "two";
  document.body.dataset.panes = isTwo ? "two" : "one";
  by("panes").setAttribute("aria-pressed", String(isTwo));
  stage?.resize();
});
onPress(by("painted"), () => {
  if (!stage) return;
  stage.isPainted = !stage.isPainted;
  by("painted").setAttribute("aria-pressed", String(stage.isPainted));
  stage.draw("over");
});
onPress(by("help-open"), () => by("help").showModal());
onPress(by("copy"), () => void navigator.clipboard?.writeText(facts.command).then(() => tell(say("retouch.copied"))));
onPress(by("language"), async () => {
  const all = languages();
  await speak(all[(all.indexOf(language()) + 1) % all.length]);
  words();
  chosen.show();
  master.show();
  show();
});

function words() {
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
}

/** @param {string} sentence */
function trouble(sentence) {
  by("trouble").hidden = !sentence;
  write(by("trouble"), sentence);
}

/** @param {string} sentence */
function tell(sentence) {
  write(by("told"), sentence);
}

/** The moment here, with its zone. */
function now() {
  const moment = new Date();
  const minutes = -moment.getTimezoneOffset();
  const local = new Date(moment.valueOf() + minutes * 60_000).toISOString().slice(0, 19);
  const two = (/** @type {number} */ value) => String(Math.floor(Math.abs(value))).padStart(2, "0");
  return `${local}${minutes < 0 ? "-" : "+"}${two(minutes / 60)}:${two(Math.abs(minutes) % 60)}`;
}

/** @param {number} ms @returns {Promise<void>} */
function later(ms) {
  return new Promise((done) => setTimeout(done, ms));
}

// For whoever tests the page; nothing here decides anything.
document.body.dataset.page = page;
