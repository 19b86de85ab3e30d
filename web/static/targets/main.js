// @ts-check
/** The page of all sessions' colour targets: how true they are, where they drift, what is wrong. */

import { by, draw, make, onPress, write } from "../shared/elements.js";
import { number } from "../shared/numbers.js";
import { language, languages, loadWords, named, say, speak } from "../shared/words.js";

/**
 * As scripts/records/targets/page.py tells it: a row of the table for each session in the order of
 * time, and the records of the sessions by name.
 *
 * @typedef {{figure: string, value: number, better: string, bound: string, limit: number}} Lack
 * @typedef {{guideline: string, level: string, lacks: Lack[], in_words?: undefined} |
 *   {in_words: string}} Level
 * @typedef {{session: string, warnings: string[], levels: Level[], picture: string | null,
 *   worst: [string, number][], profile: {white_balance: string, camera_matrix: string,
 *   color_mean: number, left_out_mean: number} | null}} Session
 * @typedef {Record<string, string | number | null>} Row
 */

/** Columns of levels, of other texts, each with its word and the digits that it is told to. */
const TEXTS = {
  shot_date: "targets.shot",
  target: "targets.target",
};
const LEVELS = {
  level_fadgi: "FADGI 2023",
  level_iso: "ISO 19264-1",
  level_metamorfoze: "Metamorfoze 2.0",
};
const NUMBERS = {
  color_mean_de: "targets.mean",
  white_balance_de: "targets.white",
  tone_dl: "targets.tone",
  noise_dl: "targets.noise",
  mtf_cy_per_px: "targets.mtf",
  drift_de: "targets.drift.column",
};
/** The drawing of drift: px. */
const [WIDE, HIGH, MARGIN] = [640, 160, 30];

await loadWords();

const isLive = document.body.dataset.live === "yes";
/** @type {{most_drift: number, rows: Row[], sessions: Record<string, Session>,
 *   unmeasured?: Record<string, string>}} */
const data = JSON.parse(by("data").textContent || '{"most_drift": 0, "rows": [], "sessions": {}}');

/**
 * @param {number} value
 * @param {number} [digits]
 */
const said = (value, digits = 1) => number(value, language(), digits);

function table() {
  const heads = [
    make("th", { scope: "col", text: say("targets.session") }),
    ...Object.values({ ...TEXTS, ...LEVELS }).map((word) => make("th", { scope: "col", text: say(word) })),
    ...Object.values(NUMBERS).map((word) => make("th", { scope: "col", class: "number", text: say(word) })),
  ];
  const lines = data.rows.map((row) =>
    make("tr", {}, [
      make("th", { scope: "row" }, [make("a", { href: `#${encodeURIComponent(id(row))}`, text: String(row.session) })]),
      ...Object.keys(TEXTS).map((name) => make("td", { text: String(row[name] ?? "") })),
      ...Object.keys(LEVELS).map((name) => make("td", { text: named("targets.level", String(row[name] ?? "")) })),
      ...Object.keys(NUMBERS).map((name) => {
        const value = row[name];
        return make("td", { class: "number", text: typeof value === "number" ? said(value, 2) : "" });
      }),
    ]),
  );
  return make("table", {}, [make("thead", {}, [make("tr", {}, heads)]), make("tbody", {}, lines)]);
}

/** @param {Row} row */
const id = (row) => `session-${row.session}`;

/** Drift over the sessions, in their order. */
function drawing() {
  const values = data.rows.map((row) => (typeof row.drift_de === "number" ? row.drift_de : 0));
  const top = Math.max(...values, 1.5 * data.most_drift);
  const x = (/** @type {number} */ k) => MARGIN + (k * (WIDE - 2 * MARGIN)) / (values.length - 1);
  const y = (/** @type {number} */ value) => HIGH - MARGIN - (value / top) * (HIGH - 2 * MARGIN);
  const line = (/** @type {number} */ value, /** @type {string} */ kind) =>
    draw("path", { class: kind, d: `M${MARGIN} ${y(value)}H${WIDE - MARGIN}` });
  const points = values.map((value, k) => `${x(k).toFixed(1)},${y(value).toFixed(1)}`).join(" ");
  return draw("svg", { role: "img", "aria-label": say("targets.drift"), viewBox: `0 0 ${WIDE} ${HIGH}` }, [
    line(0, "floor"),
    line(data.most_drift, "limit"),
    draw("text", { x: String(WIDE - MARGIN + 6), y: String(y(data.most_drift) + 5), text: said(data.most_drift, 0) }),
    draw("polyline", { points }),
    ...values.map((value, k) =>
      draw("circle", { cx: String(x(k)), cy: String(y(value)), r: "4" }, [
        draw("title", { text: `${data.rows[k].session}: ${said(value)}` }),
      ]),
    ),
  ]);
}

/**
 * A guideline's level, and what would have to be better for the next.
 * @param {Level} judged
 */
function level(judged) {
  if (judged.in_words !== undefined) return make("li", { lang: "en", text: judged.in_words });
  const told = judged.lacks.map(({ figure, value, better, bound, limit }) =>
    say("targets.lack", {
      figure: named("targets.figure", figure),
      value: said(value),
      better: named("targets.level", better),
      limit: say(`targets.bound.${bound}`, { limit: number(limit, language(), limit % 1 ? 1 : 0) }),
    }),
  );
  const reached = `${judged.guideline}: ${named("targets.level", judged.level)}`;
  return make("li", { text: [reached, ...told].join("; ") });
}

/** @param {Row} row */
function session(row) {
  const told = data.sessions[String(row.session)];
  const { profile } = told;
  const worst = told.worst.map(([patch, off]) => `${patch} ${said(off)}`).join(", ");
  const parts = [
    make("h2", { text: told.session }),
    ...told.warnings.map((one) => make("p", { class: "warning", lang: "en", text: one })),
    make("ul", {}, told.levels.map(level)),
    make("p", { text: say("targets.worst", { patches: worst }) }),
  ];
  if (told.picture)
    parts.push(
      make("img", { src: told.picture, alt: say("targets.picture", { session: told.session }) }),
      make("p", { class: "dim small", text: say("targets.outlined") }),
    );
  if (profile) {
    const { white_balance, camera_matrix } = profile;
    const words = { mean: said(profile.color_mean), left: said(profile.left_out_mean) };
    const keys = [`  white_balance: "${white_balance}"`, `  camera_matrix: "${camera_matrix}"`];
    parts.push(
      make("p", { text: say("targets.camera", words) }),
      make("pre", { tabindex: "0", text: ["convert:", ...keys].join("\n") }),
    );
  }
  return make("section", { id: id(row) }, parts);
}

/**
 * A session that could not be measured, and why.
 * @param {[string, string]} of
 */
const unmeasured = ([name, reason]) =>
  make("section", {}, [
    make("h2", { text: name }),
    make("p", { text: say("targets.unmeasured") }),
    make("p", { class: "warning", lang: "en", text: reason }),
  ]);

/** Everything that holds words. */
function show() {
  const other = languages().find((one) => one !== language()) ?? "en";
  write(by("language"), other.toUpperCase());
  by("language").lang = other;
  by("none").hidden = data.rows.length > 0;
  by("sessions").replaceChildren(...(data.rows.length ? [table()] : []));
  by("drift").hidden = data.rows.length < 2;
  write(by("drift-about"), say("targets.drift.about", { limit: said(data.most_drift, 0) }));
  by("drawing").replaceChildren(...(data.rows.length < 2 ? [] : [drawing()]));
  // What is to be done is looked at first, then the newest.
  const lacking = Object.entries(data.unmeasured ?? {}).map(unmeasured);
  by("each").replaceChildren(...lacking, ...data.rows.map(session).reverse());
}

by("back").href = isLive ? "/" : "../index.html";
onPress(by("language"), async () => {
  const others = languages();
  await speak(others[(others.indexOf(language()) + 1) % others.length]);
  show();
});
show();
document.body.dataset.ready = "yes";
