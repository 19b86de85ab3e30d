// @ts-check
/** How the master stands to the strokes, and that it is made at the press of a button. */

import { allow, by, onPress, write } from "../shared/elements.js";
import { say } from "../shared/words.js";

const EVERY_MS = 1000;

/** @typedef {{master: "none" | "current" | "older", run: "" | "running" | "done" | "failed", step: string, reason: string}} Told */

export class Master {
  /**
   * @param {Told} told
   * @param {{make: () => Promise<Told | null>, look: () => Promise<Told | null>}} ask
   */
  constructor(told, ask) {
    this.told = told;
    this.ask = ask;
    this.isWaiting = false;
    onPress(by("make"), async () => {
      const answer = await this.ask.make();
      if (answer) this.take(answer);
    });
    this.take(told);
  }

  /** @param {Told} told */
  take(told) {
    this.told = told;
    this.show();
    if (told.run === "running" && !this.isWaiting) void this.#wait();
  }

  /** Strokes are others than before. */
  changed() {
    if (this.told.master === "current") this.told.master = "older";
    if (this.told.run !== "running") this.told.run = "";
    this.show();
  }

  async #wait() {
    this.isWaiting = true;
    while (this.told.run === "running") {
      await new Promise((done) => setTimeout(done, EVERY_MS));
      const told = await this.ask.look();
      if (told) this.told = told;
      this.show();
    }
    this.isWaiting = false;
  }

  show() {
    const { master, run, step, reason } = this.told;
    const words = /** @type {Record<string, string>} */ ({
      none: "retouch.master.none",
      current: "retouch.master.current",
      older: "retouch.master.older",
    });
    write(by("master-state"), run === "running" ? say("retouch.master.running", { step: step || "…" }) : say(words[master]));
    by("master-state").classList.toggle("warning", run !== "running" && master !== "current");
    by("master-reason").hidden = run !== "failed";
    write(by("master-reason"), run === "failed" ? say("retouch.master.failed", { reason }) : "");
    allow(by("make"), run !== "running" && master !== "current");
  }
}
