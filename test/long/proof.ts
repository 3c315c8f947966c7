import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/**
 * Puts a table below the mark in `docs/proofs/NAME.md` when `UPDATE=1` is set; otherwise leaves the file as it is. What stands above the mark is
 * written by hand.
 */
export function keepProof(name: string, table: readonly string[]): void {
  if (process.env['UPDATE'] !== '1') return
  const file = fileURLToPath(new URL(`../../docs/proofs/${name}.md`, import.meta.url))
  const [above = ''] = readFileSync(file, 'utf8').split(MARK)
  writeFileSync(file, `${above}${MARK}\n\n${table.join('\n')}\n`)
}

const MARK = '<!-- made by the test -->'

/** A row of a table. */
export function row(...cells: readonly (string | number)[]): string {
  return `| ${cells.join(' | ')} |`
}
