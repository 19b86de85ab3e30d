// @ts-check
/** What is known about the stack in words: warnings, metadata, parameters, history, steps, files. */

import { by, make } from "../shared/elements.js";
import { bytes, duration } from "../shared/numbers.js";
import { language, named, say } from "../shared/words.js";
import { acknowledging } from "./acknowledging.js";

const STATES = /** @type {Record<string, string>} */ ({
  archived: "look.state.archived",
  made: "look.state.made",
  stopped: "look.state.stopped",
  captured: "look.state.captured",
  reduced: "look.state.reduced",
  waiting: "look.state.waiting",
});

/**
 * A time as people of the page's language write it; what is no time stays as it is.
 * @param {string | null | undefined} iso
 */
export function when(iso) {
  if (!iso) return "";
  const time = new Date(iso);
  if (Number.isNaN(time.getTime())) return iso;
  const isDay = /^\d{4}-\d{2}-\d{2}$/.test(iso);
  return isDay
    ? time.toLocaleDateString(language(), { dateStyle: "long", timeZone: "UTC" })
    : time.toLocaleString(language(), { dateStyle: "long", timeStyle: "short" });
}

/** @param {any} data */
export function facts(data) {
  for (const [id, inside] of /** @type {[string, Element[]][]} */ ([
    ["warnings", warnings(data)],
    ["notes", notes(data.notes ?? [])],
    ["about", about(data)],
    ["files", files(data.files ?? [])],
  ]))
    by(id).replaceChildren(...inside);
  by("state").textContent = STATES[data.state] ? say(STATES[data.state]) : (data.state ?? "");
  by("state").dataset.state = data.state ?? "";
  by("reason").textContent = data.reason ?? "";
  by("reason").hidden = !data.reason;
  by("warnings-count").textContent = String((data.warnings ?? []).filter((/** @type {any} */ one) => !one.acknowledged).length || "");
}

/** @param {any} data */
function warnings(data) {
  /** @type {any[]} */
  const all = data.warnings ?? [];
  const isLive = document.body.dataset.live === "yes";
  if (!all.length) return [make("p", { class: "dim", text: say("look.warnings.none") })];
  return all.map((one) => {
    const evidence = (one.evidence ?? []).flatMap((/** @type {any} */ shown) => picture(shown));
    return make("article", { class: one.acknowledged ? "told acknowledged" : "told" }, [
      make("p", { class: one.acknowledged ? "" : "warning", text: one.text }),
      make("p", { class: "dim small", text: one.step ? say("look.warning.from", { step: one.step }) : "" }),
      one.acknowledged ? make("p", { class: "small", text: say("look.acknowledged", { reason: one.acknowledged }) }) : null,
      evidence.length ? make("div", { class: "evidence" }, evidence) : null,
      isLive && one.kind && !one.acknowledged
        ? acknowledging(`${data.specimen}/${data.view}`, one.kind, (reason) => {
            one.acknowledged = reason;
            facts(data);
          })
        : null,
    ]);
  });
}

/**
 * What a step told that is no warning.
 * @param {string[]} all
 */
function notes(all) {
  if (!all.length) return [];
  const lines = all.map((text) => make("li", { class: "dim", text }));
  return [make("h3", { text: say("look.notes") }), make("ul", {}, lines)];
}

/** @param {{url: string, label: string}} shown */
function picture({ url, label }) {
  if (!isHere(url)) return [];
  const image = make("img", { src: url, alt: "", loading: "lazy" });
  return [make("a", { href: url, target: "_blank", rel: "noopener" }, [image, make("span", { class: "small", text: label || url })])];
}

/** @param {any} data */
function about(data) {
  /** @type {[string, string][]} */
  const first = [
    [say("look.catalog_number"), data.catalog_number],
    [say("look.shot"), when(data.date)],
    [say("look.made"), when(data.made)],
    [say("look.person"), data.person],
    [say("look.method"), data.method],
    [say("look.size"), data.width_px ? `${data.width_px} × ${data.height_px} px` : ""],
    ...Object.entries(data.metadata ?? {}).map(([key, value]) => /** @type {[string, string]} */ ([named("look.meta", key), plain(value)])),
  ];
  const inside = [part("look.metadata", pairs(first), true)];
  const history = (data.history ?? []).map((/** @type {any} */ one) =>
    make("li", {}, [
      make("p", { text: [one.version, when(one.when), one.who].filter(Boolean).join(" · ") }),
      ...(Array.isArray(one.what) ? one.what : [one.what]).filter(Boolean).map((/** @type {string} */ text) => make("p", { class: "dim", text })),
    ]),
  );
  if (history.length) inside.push(part("look.history", make("ol", {}, history), true));
  const steps = (data.steps ?? []).map((/** @type {any} */ one) =>
    make("li", {}, [
      make("p", { text: [one.step, when(one.when), typeof one.seconds === "number" ? duration(one.seconds) : ""].filter(Boolean).join(" · ") }),
      make("p", { class: "dim small", text: plain(one.software) }),
      one.command ? make("code", { class: "small", tabindex: "0", text: one.command }) : null,
    ]),
  );
  if (steps.length) inside.push(part("look.steps", make("ol", {}, steps), false));
  const sections = Object.entries(data.parameters ?? {}).map(([section, values]) =>
    make("section", {}, [
      make("h4", { text: section }),
      values && typeof values === "object" && !Array.isArray(values)
        ? pairs(Object.entries(values).map(([key, value]) => [key, plain(value)]))
        : make("p", { text: plain(values) }),
    ]),
  );
  if (sections.length) inside.push(part("look.parameters", make("div", {}, sections), false));
  return inside;
}

/** @param {any[]} all */
function files(all) {
  const rows = all.map((one) => {
    const name = isHere(one.url) ? make("a", { href: one.url, text: one.what }) : make("span", { text: one.what });
    return make("li", {}, [
      make("p", {}, [name, make("span", { class: "dim", text: typeof one.bytes === "number" ? ` ${bytes(one.bytes, language())}` : "" })]),
      one.sha256 ? make("p", { class: "digest small dim", text: `SHA-256 ${one.sha256}` }) : null,
    ]);
  });
  return rows.length ? [make("ol", {}, rows)] : [make("p", { class: "dim", text: say("look.files.none") })];
}

/**
 * @param {string} word
 * @param {Element} inside
 * @param {boolean} isOpen
 */
function part(word, inside, isOpen) {
  return make("details", { open: isOpen }, [make("summary", { text: say(word) }), inside]);
}

/** @param {[string, string][]} all */
function pairs(all) {
  const there = all.filter(([, value]) => value !== "" && value !== null && value !== undefined);
  return make("dl", {}, there.flatMap(([key, value]) => [make("dt", { text: key }), make("dd", { text: String(value) })]));
}

/** @param {unknown} value */
function plain(value) {
  if (value === null || value === undefined) return "";
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

/**
 * An address in the site or the data tree: never a script, never elsewhere.
 * @param {unknown} url
 */
function isHere(url) {
  return typeof url === "string" && url !== "" && !/^\s*[a-z][a-z0-9+.-]*:/i.test(url) && !/^[\s/\\]{2}/.test(url);
}
