/** Numbers and names as a reader sees them. */
import { language, words } from "./config.js";

const LOCALE = language === "zh" ? "zh-CN" : "en-GB";
const SHARE = /(^|_)(rate|share|coverage|burden)(_|$)|_of_verified$/;

/** Whether a column is a share of one, which is shown in per cent. */
export const isShare = (column) => column.unit === "1" && SHARE.test(column.name);

/** Whether a column stays out of table, chart and map: square metres stand beside hectares and mu. */
export const isHidden = (column) => column.unit === "m²";

export const figure = (value, column) => {
  if (value === null || value === undefined) return "—";
  if (typeof value !== "number") return String(value);
  if (isShare(column)) return `${(value * 100).toLocaleString(LOCALE, { maximumFractionDigits: 1 })} %`;
  const digits = column.unit === "ha" || column.unit === "mu" ? (Math.abs(value) < 100 ? 2 : 1) : column.unit === "yuan" ? 2 : 3;
  return value.toLocaleString(LOCALE, { maximumFractionDigits: Number.isInteger(value) ? 0 : digits });
};

/** Numbers on an axis, short: 1.2 million. */
export const short = (value, column) =>
  isShare(column) ? `${(value * 100).toLocaleString(LOCALE, { maximumFractionDigits: 1 })} %`
    : value.toLocaleString(LOCALE, { notation: "compact", maximumFractionDigits: 1 });

/** The name of a row's value of a dimension. */
export const name = (row, dimension, described) => {
  const value = row[dimension];
  if (value === null || value === undefined) return words.unknown;
  const known = described.dimensions.find((each) => each.name === dimension)?.values?.[value];
  return row[`${dimension}_name`]?.[language] ?? known?.[language] ?? String(value);
};
