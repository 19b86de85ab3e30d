// @ts-check
/** What a page asks its server to do. */

/**
 * Ask for something to be done.
 * @param {string} name
 * @param {Record<string, any>} [given]
 * @param {boolean} [keepalive] asked for though the page closes meanwhile
 * @returns {Promise<string>} why it is refused; nothing where it was taken on
 */
export async function ask(name, given = {}, keepalive = false) {
  const answer = await fetch(`/do/${name}`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(given),
    keepalive,
  });
  if (answer.ok) return "";
  const told = await answer.json().catch(() => ({}));
  return told.error ?? `${answer.status} ${answer.statusText}`;
}
