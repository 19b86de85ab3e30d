// @ts-check
/** The page's words, in the person's language. A language is one file of words/. */

const LANGUAGES = ["en", "de"];
const KEPT = "holostack.language";

/** @type {Record<string, string>} */
let words = {};
let spoken = "en";

/** The language shown, as in `lang`. */
export const language = () => spoken;

/** The languages that there are. */
export const languages = () => [...LANGUAGES];

/**
 * The language to begin with: the one chosen here before, else the browser's first that there is.
 * @param {string | null} kept
 * @param {readonly string[]} asked
 */
export function chosen(kept, asked) {
  if (kept && LANGUAGES.includes(kept)) return kept;
  const found = asked.map((name) => name.slice(0, 2).toLowerCase());
  return found.find((name) => LANGUAGES.includes(name)) ?? "en";
}

/** The language chosen here before; a browser may keep nothing for a page, from disk above all. */
function kept() {
  try {
    return localStorage.getItem(KEPT);
  } catch {
    return null;
  }
}

/** @param {string} name */
function keep(name) {
  try {
    localStorage.setItem(KEPT, name);
  } catch {
    // The page speaks it as long as it is open.
  }
}

/** Load the words for this browser. */
export async function loadWords() {
  await speak(chosen(kept(), navigator.languages), false);
}

/**
 * Change the language, and everything on the page that says its word by `data-word`.
 * @param {string} name
 * @param {boolean} [remember] on this computer
 */
export async function speak(name, remember = true) {
  words = (await import(`../words/${name}.js`)).default;
  spoken = name;
  if (remember) keep(name);
  document.documentElement.lang = name;
  document.title = say(document.documentElement.dataset.title ?? "title");
  for (const element of document.querySelectorAll("[data-word]"))
    element.textContent = say(element.getAttribute("data-word") ?? "");
  for (const attribute of ["aria-label", "title", "placeholder"])
    for (const element of document.querySelectorAll(`[data-word-${attribute}]`))
      element.setAttribute(attribute, say(element.getAttribute(`data-word-${attribute}`) ?? ""));
}

/**
 * The word for a key, with its {places} filled; the key itself where there is none.
 * @param {string} key
 * @param {Record<string, string | number>} [given]
 */
export function say(key, given = {}) {
  return (words[key] ?? key).replace(/\{(\w+)\}/g, (whole, name) =>
    name in given ? String(given[name]) : whole,
  );
}

/**
 * The word for what the bench names itself, such as a state; its own name where there is none.
 * @param {string} group
 * @param {string} name
 */
export function named(group, name) {
  return words[`${group}.${name}`] ?? name;
}
