// @ts-check
/**
 * What the preview asks of the server, and what it hears.
 *
 * @typedef {{frame: number, file: string, status: string, reason: string, picture?: string}} Frame
 * @typedef {{method: string, url: string, width_px: number, height_px: number, frames?: number}} Picture
 * @typedef {{n: number, state: "running" | "done" | "failed" | "cancelled", progress?: number,
 *   place?: number[] | null, scale?: number, pictures?: Picture[],
 *   verdict?: {frames?: Frame[], warnings?: (string | {text: string})[], error?: string}}} State
 * @typedef {{stack: string, specimen: string, view: string, width_px: number, height_px: number,
 *   orientation?: number, frames: Frame[], methods: string[], crop?: string | number[], exclude?: number[],
 *   method?: string, picture?: string}} Data
 */

/**
 * Ask for something to be done.
 * @param {string} name
 * @param {Record<string, any>} given
 * @returns {Promise<{preview?: number, error?: string}>}
 */
export async function ask(name, given) {
  try {
    const answer = await fetch(`/do/${name}`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(given),
    });
    const told = await answer.json().catch(() => ({}));
    if (answer.ok) return told ?? {};
    return { error: told.error ?? `${answer.status} ${answer.statusText}` };
  } catch (error) {
    return { error: String(error) };
  }
}

/**
 * Hear how the preview of a stack gets on, for as long as the page is open.
 * @param {Data} data
 * @param {(state: State) => void} onState
 */
export function follow(data, onState) {
  const name = [data.specimen, data.view].map(encodeURIComponent).join("/");
  const source = new EventSource(`/preview/${name}`);
  source.onmessage = (event) => {
    const state = JSON.parse(event.data);
    if (state) onState(state);
  };
}
