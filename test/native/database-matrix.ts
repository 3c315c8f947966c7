import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describeObjects } from '../../src/backup/coverage/describe-coverage.ts'
import type { Place } from './place.ts'
import type { Server } from './servers.ts'

const DOCUMENT = fileURLToPath(new URL('../../docs/proofs/databases.md', import.meta.url))

/** A server that is also reached by TCP. */
export interface Scene {
  readonly place: Place
  readonly server: Server
  readonly socket: string
  readonly port: number
  /** What differs between two runs, and how it is shown. */
  readonly shown: readonly (readonly [string, string])[]
}

/** One way of saving a database: who connects, how, and what is there. */
export interface Way {
  readonly name: string
  /** The source in the configuration. */
  readonly object: string
  /** Variables for its commands. */
  readonly environment?: string
  /** The database contains tables of the server, whose rows are not always the same. */
  readonly hasOwnTables?: true
  before?(): void
  /** What is restored from the set, in words. */
  restored?(): string
  after?(): void
}

/** What the program does: what the set contains and what it lacks, or the error that ends the run, without what differs between two runs. */
export function outcomeOf({ place, shown }: Pick<Scene, 'place' | 'shown'>, { object, environment }: Pick<Way, 'object' | 'environment'>): string {
  place.configure(`{ db: { ${object}, compress: none${environment === undefined ? '' : `, environment: ${environment}`} } }`)
  const { status, stderr } = place.run('-q', 'run', '--strict')
  if (status !== 0 && status !== 3) {
    const [first = ''] = stderr.split('\n')
    return `fails: ${steady(first.replace(/^error: /u, ''), shown)}`
  }
  const objects = place.manifest().objects
  const warned = stderr.split('\n').filter((line) => line !== '')
  const warnings = status === 3 && warned.length === 0 ? ['warned'] : warned
  return steady([describeObjects(objects) ?? 'not counted', ...warnings.filter((it) => it.startsWith('warning'))].join('; '), shown)
}

function steady(text: string, shown: Scene['shown']): string {
  return shown.reduce((all, [from, to]) => all.replaceAll(from, to), text).replaceAll('|', '\\|')
}

/** Tries each way, and compares the table with the chapter of the document, or writes it with `UPDATE=1`. */
export function compareChapter(heading: string, scene: Scene, ways: readonly Way[]): void {
  const rows = ways.map((way) => {
    way.before?.()
    try {
      const outcome = way.hasOwnTables ? outcomeOf(scene, way).replace(/\d+ tables with \d+ rows/u, 'tables with rows') : outcomeOf(scene, way)
      const restored = outcome.startsWith('fails') ? undefined : way.restored?.()
      return `| ${way.name} | ${outcome}${restored === undefined ? '' : `; ${restored}`} |`
    } finally {
      way.after?.()
    }
  })
  keepChapter(heading, ['| what | result |', '| --- | --- |', ...rows])
}

export function keepChapter(heading: string, table: readonly string[]): void {
  const text = readFileSync(DOCUMENT, 'utf8')
  const title = `## ${heading}\n`
  const start = text.indexOf(title)
  assert.notEqual(start, -1, `docs/proofs/databases.md has no chapter "${heading}"`)
  const from = start + title.length
  const next = text.indexOf('\n## ', from)
  const end = next === -1 ? text.length : next
  if (process.env['UPDATE'] === '1') writeFileSync(DOCUMENT, `${text.slice(0, from)}\n${table.join('\n')}\n${text.slice(end)}`)
  else
    assert.deepEqual(
      text.slice(from, end).trim().split('\n'),
      table,
      'stale: UPDATE=1 node --test test/native/databases.test.ts (or database-contents.test.ts)',
    )
}
