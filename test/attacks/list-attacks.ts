import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { type Attack, onlyDeclareInto } from './attack.ts'

// Prints what every test file in this folder declares, by its chapter. Nothing of them runs: the process ends as soon as all are loaded.
const chapters: Record<string, readonly Attack[]> = {}
const files = readdirSync(import.meta.dirname).filter((it) => it.endsWith('.test.ts') && it !== 'table.test.ts')
for (const file of files.toSorted()) {
  const rows: Attack[] = []
  onlyDeclareInto(rows)
  await import(join(import.meta.dirname, file))
  const words = file.replace('.test.ts', '').replaceAll('-', ' ')
  chapters[words.charAt(0).toUpperCase() + words.slice(1)] = rows
}
process.stdout.write(JSON.stringify(chapters), () => process.exit(0))
