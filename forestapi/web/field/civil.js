/** Dates, times and numbers as people here write them: days are civil days of UTC+8, whatever zone the phone is in. */
import { language } from "./words.js";

const SHIFT_MS = 8 * 3600e3;
const locale = () => (language() === "zh" ? "zh-CN" : "en-GB");
const month = () => (language() === "zh" ? "long" : "short");

/** @returns {string} today's civil date in UTC+8, `2026-03-12` */
export const today = () => dateOf(Date.now());

/** @param {number} ms since 1970 @returns {string} the civil date in UTC+8 */
export const dateOf = (ms) => new Date(ms + SHIFT_MS).toISOString().slice(0, 10);

/** @param {string} date @param {number} days @returns {string} */
export const later = (date, days) => new Date(Date.parse(`${date}T00:00:00Z`) + days * 86400e3).toISOString().slice(0, 10);

/** @returns {string} a date for people, "3月12日 周四" or "Thu 12 Mar" */
export const sayDate = (date) =>
  new Intl.DateTimeFormat(locale(), { weekday: "short", day: "numeric", month: month(), timeZone: "UTC" })
    .format(Date.parse(`${date}T00:00:00Z`));

/** @param {string} moment RFC 3339 @returns {string} "3月12日 14:05" */
export const sayMoment = (moment) =>
  new Intl.DateTimeFormat(locale(), { day: "numeric", month: month(), hour: "2-digit", minute: "2-digit", hourCycle: "h23", timeZone: "Asia/Shanghai" })
    .format(Date.parse(moment));

/** @returns {string} a number with at most `digits` decimals and marks between thousands */
export const sayNumber = (value, digits = 2) =>
  new Intl.NumberFormat(locale(), { maximumFractionDigits: digits }).format(value);

/** @returns {number} yuan, rounded to the fen without a binary half going astray */
export const toFen = (yuan) => Math.round((yuan + Number.EPSILON) * 100) / 100;
