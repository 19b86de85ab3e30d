// @ts-check
/** Numbers as people read them, each with its unit. */

/**
 * @param {number} value
 * @param {string} language
 * @param {number} [digits] after the point
 */
export function number(value, language, digits = 0) {
  const shown = new Intl.NumberFormat(language, {
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
    useGrouping: false,
  }).format(value === 0 ? 0 : value);
  return shown.replace("-", "−");
}

/**
 * A position or length in µm: to a tenth, thousands apart by a narrow space.
 * @param {number | null | undefined} um
 * @param {string} language
 * @param {number} [digits]
 */
export function micrometres(um, language, digits = 1) {
  if (um === null || um === undefined || !Number.isFinite(um)) return "–";
  const rounded = Number(um.toFixed(digits));
  return number(rounded, language, digits).replace(/\B(?=(\d{3})+(?=\D|$))(?<![.,]\d*)/g, "\u202f");
}

/**
 * A length as one chooses it: without a tenth that is none.
 * @param {number} um
 * @param {string} language
 */
export function step(um, language) {
  return micrometres(um, language, Number.isInteger(um) ? 0 : 1);
}

/**
 * What a person typed as a number, with a point or a comma; null where it is none.
 * @param {string} text
 */
export function typed(text) {
  const plain = text.replace(/[\s\u202f]|µm$/g, "").replace("−", "-").replace(",", ".");
  return /^[+-]?(\d+\.?\d*|\.\d+)$/.test(plain) ? Number(plain) : null;
}

/**
 * A time to wait: two units at most.
 * @param {number | null | undefined} seconds
 */
export function duration(seconds) {
  if (seconds === null || seconds === undefined || !Number.isFinite(seconds)) return "–";
  const whole = Math.max(0, Math.round(seconds));
  const [hours, minutes, rest] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  if (hours) return `${hours} h ${minutes} min`;
  return minutes ? `${minutes} min ${rest} s` : `${rest} s`;
}

/**
 * Size of files, decimal units as disks are sold.
 * @param {number | null | undefined} bytes
 * @param {string} language
 */
export function bytes(bytes, language) {
  if (bytes === null || bytes === undefined || !Number.isFinite(bytes)) return "–";
  for (const [unit, size] of /** @type {[string, number][]} */ ([["TB", 1e12], ["GB", 1e9], ["MB", 1e6]]))
    if (bytes >= size) return `${number(bytes / size, language, bytes < 10 * size ? 1 : 0)} ${unit}`;
  return `${number(Math.ceil(bytes / 1e3), language)} kB`;
}

/**
 * A share that matters though it is small.
 * @param {number} percent
 * @param {string} language
 */
export function share(percent, language) {
  if (percent > 0 && percent < 0.01) return `<\u202f${number(0.01, language, 2)} %`;
  return `${number(percent, language, percent < 10 ? 2 : 0)} %`;
}

/**
 * The time of day of an ISO time.
 * @param {string} when
 * @param {string} language
 */
export function clock(when, language) {
  const time = new Date(when);
  return Number.isNaN(time.getTime()) ? "" : time.toLocaleTimeString(language, { timeStyle: "medium" });
}

/**
 * The day and time of day of an ISO time.
 * @param {string} when
 * @param {string} language
 */
export function moment(when, language) {
  const time = new Date(when);
  if (Number.isNaN(time.getTime())) return "";
  return new Intl.DateTimeFormat(language, { dateStyle: "medium", timeStyle: "short" }).format(time);
}
