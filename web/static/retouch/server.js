// @ts-check
/** What the retouching page asks its server. */

/** The address of the stack's retouching, which the page lies at. */
export const BASE = location.pathname.replace(/\/$/, "");
const PAGE = "holostack.retouch.page";

/** This page's own name, kept when it is loaded again; another tab has another. */
export const page = (() => {
  const fresh = () => crypto.randomUUID();
  try {
    const kept = sessionStorage.getItem(PAGE) ?? fresh();
    // A tab that is doubled brings this along: it is taken away while the page is open.
    sessionStorage.removeItem(PAGE);
    addEventListener("pagehide", () => sessionStorage.setItem(PAGE, kept));
    return kept;
  } catch {
    return fresh();
  }
})();

/**
 * Ask for something.
 * @param {string} deed
 * @param {Record<string, any>} [body]
 * @returns {Promise<{status: number, told: any}>}
 */
export async function ask(deed, body = {}) {
  const answer = await fetch(`${BASE}/do/${deed}`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ page, ...body }),
    keepalive: deed === "pen",
  });
  return { status: answer.status, told: await answer.json().catch(() => ({})) };
}

/** All that the page has to know. */
export async function state() {
  const answer = await fetch(`${BASE}/state`, { cache: "no-store" });
  return { status: answer.status, told: await answer.json().catch(() => ({})) };
}

/** How the master stands to the strokes; null where the server is silent. */
export async function making() {
  const answer = await fetch(`${BASE}/making`, { cache: "no-store" }).catch(() => null);
  return answer?.ok ? answer.json() : null;
}
