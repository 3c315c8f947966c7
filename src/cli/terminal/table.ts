/** Rows as aligned columns, with two blanks before and between them, each row with a newline. `right`: the right-aligned columns. */
export function renderTable(rows: readonly (readonly string[])[], { right }: { readonly right: readonly number[] }): string {
  const widths: number[] = []
  for (const row of rows) for (const [column, cell] of row.entries()) widths[column] = Math.max(widths[column] ?? 0, cell.length)
  const pad = (cell: string, column: number) => (right.includes(column) ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0))
  return rows.map((row) => `  ${row.map(pad).join('  ').trimEnd()}\n`).join('')
}
