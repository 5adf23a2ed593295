// The rows of a figure, column by column, as stellarwh/report/marks.py packs them.
const MINUS = "\u2212"

export class Rows {
  constructor(table) {
    this.name = table.name
    this.columns = table.columns
    this.values = table.rows.map((column) =>
      Array.isArray(column) ? column : new Array(column.n).fill(column.all),
    )
    this.length = this.values.length ? this.values[0].length : 0
  }

  value(column, row) {
    return this.values[column][row]
  }

  // As it is told: decimals of its quantity, else four significant figures.
  told(column, row) {
    const value = this.value(column, row)
    if (value === true) return "yes"
    if (value === false) return "no"
    if (value === "inf") return "∞"
    if (typeof value !== "number") return value
    return written(value, this.columns[column].digits)
  }

  list() {
    return Array.from({ length: this.length }, (_, row) =>
      this.values.map((column) => column[row]),
    )
  }
}

export function written(value, digits) {
  const how =
    digits === null || digits === undefined
      ? { maximumSignificantDigits: 4 }
      : { minimumFractionDigits: digits, maximumFractionDigits: digits }
  const text = value.toLocaleString("en", how).replace("-", MINUS)
  return /^\u2212[0.,]*$/.test(text) ? text.slice(1) : text
}
