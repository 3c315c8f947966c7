/** Rows as aligned columns, two blanks in front and between, each row with its newline. `right`: the columns that are aligned to the right. */
export function renderTable(rows: readonly (readonly string[])[], { right }: { readonly right: readonly number[] }): string {
  const widths: number[] = []
  for (const row of rows) for (const [column, cell] of row.entries()) widths[column] = Math.max(widths[column] ?? 0, cell.length)
  const pad = (cell: string, column: number) => (right.includes(column) ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0))
  return rows.map((row) => `  ${row.map(pad).join('  ').trimEnd()}\n`).join('')
}
