import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { keepProof, row } from '../long/proof.ts'
import type { Attack } from './attack.ts'

const DOCUMENT = fileURLToPath(new URL('../../docs/proofs/attacks.md', import.meta.url))

it('the table of attacks holds every attack that is a test, and no other', () => {
  // A process of its own: what the files declare is wanted, not run.
  const told = execFileSync(process.execPath, [join(import.meta.dirname, 'list-attacks.ts')], { encoding: 'utf8' })
  const chapters = Object.entries(JSON.parse(told) as Record<string, readonly Attack[]>)
  for (const [chapter, rows] of chapters) {
    assert.ok(rows.length > 0, `"${chapter}" declares no attack`)
    assert.equal(new Set(rows.map(({ name }) => name)).size, rows.length, `"${chapter}" uses a name twice`)
  }
  const table = chapters.flatMap(chapterLines)
  keepProof('attacks', table)
  assert.ok(readFileSync(DOCUMENT, 'utf8').endsWith(`\n\n${table.join('\n')}\n`), 'stale: UPDATE=1 node --test test/attacks/table.test.ts')
})

function chapterLines([chapter, rows]: readonly [string, readonly Attack[]], index: number): readonly string[] {
  const sorted = rows.toSorted((a, b) => (a.name < b.name ? -1 : 1))
  const cells = sorted.map(({ name, attacker, how, outcome }) => row(...[name, attacker, how, outcome].map(cell)))
  return [...(index === 0 ? [] : ['']), `## ${chapter}`, '', row('attack', 'by', 'how', 'outcome'), row('---', '---', '---', '---'), ...cells]
}

const cell = (text: string) => text.replaceAll('|', '\\|').replaceAll('\n', ' ')
