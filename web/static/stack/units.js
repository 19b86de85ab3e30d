// @ts-check
/** Lengths and areas with the unit that reads best. */

import { number } from "../shared/numbers.js";
import { language } from "../shared/words.js";

/**
 * Four digits that count; none after the point for what is round.
 * @param {number} value
 * @param {boolean} isRound
 */
function four(value, isRound) {
  if (isRound) return number(value, language(), Number.isInteger(Number(value.toFixed(6))) ? 0 : Math.ceil(-Math.log10(value)));
  const digits = value > 0 ? Math.min(Math.max(3 - Math.floor(Math.log10(value)), 0), 4) : 0;
  return number(value, language(), digits);
}

/**
 * @param {number} um
 * @param {boolean} [isRound] a scale bar's length
 */
export function lengthSaid(um, isRound = false) {
  if (um < 1000) return `${four(um, isRound)} µm`;
  return um < 100_000 ? `${four(um / 1e3, isRound)} mm` : `${four(um / 1e4, isRound)} cm`;
}

/** @param {number} um2 */
export function areaSaid(um2) {
  return um2 < 1e5 ? `${four(um2, false)} µm²` : `${four(um2 / 1e6, false)} mm²`;
}

/** @param {number} px */
export const pxSaid = (px) => `${number(px, language(), 1)} px`;
