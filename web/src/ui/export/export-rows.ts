export type ExportRow = Readonly<Record<string, string | number | boolean | null>>

/** RFC 4180. A text that a spreadsheet would interpret as a formula begins with an apostrophe, as OWASP recommends. */
export function toCsv(rows: readonly ExportRow[]): string {
  const columns = Object.keys(rows[0] ?? {})
  const lines = [columns, ...rows.map((row) => columns.map((it) => row[it] ?? ''))]
  return lines.map((line) => `${line.map(cell).join(',')}\r\n`).join('')
}

function cell(value: string | number | boolean): string {
  const text = typeof value === 'string' && /^[=+\-@\t\r]/u.test(value) ? `'${value}` : String(value)
  return /[",\r\n]/u.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}
