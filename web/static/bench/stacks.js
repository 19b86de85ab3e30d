// @ts-check
/** The stacks that are worked on in the background. */

import { by, inStep, make, onPress, write } from "../shared/elements.js";
import { named, say } from "../shared/words.js";

/**
 * @param {import("./rail.js").Ask} ask
 * @param {(picture: string, text: string) => void} enlarge
 */
export function stacks(ask, enlarge) {
  /** @param {import("./server.js").State} state */
  return (state) => {
    const runs = state.runs ?? {};
    const all = [...(runs.stacks ?? [])];
    const failed = all.filter((one) => one.state === "failed").length;
    by("tab-stacks").dataset.failed = failed ? String(failed) : "";
    write(by("stacks-told"), runs.waits_for ? say("stacks.waits", { reason: runs.waits_for }) : all.length ? "" : say("stacks.none"));
    const list = by("stack-list");
    inStep(list, all, (one) => one.stack, (one) => card(one, ask, enlarge));
    all.forEach((one, i) => describe(list.children[i], one));
  };
}

/**
 * @param {any} one
 * @param {import("./rail.js").Ask} ask
 * @param {(picture: string, text: string) => void} enlarge
 */
function card(one, ask, enlarge) {
  const [view, ...specimen] = one.stack.split("/").reverse();
  const open = make("button", { type: "button", class: "picture" }, [make("img", { alt: "", hidden: true })]);
  const again = make("button", { type: "button", class: "again" });
  onPress(again, () => void ask("run", { stack: one.stack }));
  onPress(open, () => {
    const picture = open.querySelector("img")?.getAttribute("src");
    if (picture) enlarge(picture, one.stack);
  });
  return make("li", { "data-stack": one.stack }, [
    open,
    make("div", {}, [
      make("strong", { class: "name", text: view }),
      make("span", { class: "small dim name", text: one.catalog_number || specimen.join("/") }),
      make("span", { class: "small state" }),
      make("span", { class: "small error reason" }),
    ]),
    again,
  ]);
}

/**
 * @param {any} item
 * @param {any} one
 */
function describe(item, one) {
  item.dataset.state = one.state;
  const step = one.state === "running" && one.step ? ` · ${one.step}` : "";
  write(item.querySelector(".state"), named("stack", one.state) + step);
  write(item.querySelector(".reason"), one.state === "failed" ? (one.reason ?? "") : "");
  const again = item.querySelector(".again");
  again.hidden = one.state !== "failed";
  write(again, say("stack.run"));
  const image = item.querySelector("img");
  const address = one.picture ? `${one.picture}?${encodeURIComponent(one.when ?? "")}` : "";
  if (address && image.getAttribute("src") !== address) image.src = address;
  image.hidden = !address;
  item.querySelector(".picture").setAttribute("aria-label", `${say("shot.open")}: ${one.stack}`);
}
