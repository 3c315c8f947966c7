import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import type { RecordedPart } from '../../../journal/run-record.ts'
import { openRunLines } from './run-lines.ts'

const row = fc.record({
  kind: fc.constantFrom('stdout', 'stderr', 'note'),
  level: fc.integer({ min: 0, max: 3 }),
  text: fc.array(fc.constantFrom('a', 'B', 'bb', '\n', '\n\n', 'c\n'), { maxLength: 700 }).map((parts) => parts.join('')),
})
const log = fc.array(row, { maxLength: 30 }).map((rows) => rows.map((it, index): RecordedPart => ({ ...it, number: index + 1, at: new Date(index) })))

interface Line {
  readonly text: string
  readonly level: number
}

/** Consecutive output of one kind is one text; every other row is a text of its own. */
function linesOf(rows: readonly RecordedPart[]): readonly Line[] {
  const texts: RecordedPart[][] = []
  for (const row of rows) {
    const last = texts.at(-1)
    if (row.kind !== 'note' && last?.[0]?.kind === row.kind) last.push(row)
    else texts.push([row])
  }
  return texts.flatMap(linesOfText)
}

function linesOfText(rows: readonly RecordedPart[]): readonly Line[] {
  const lines: Line[] = []
  let line: Line | undefined
  for (const { character, level } of rows.flatMap((row) => [...row.text].map((it) => ({ character: it, level: row.level })))) {
    line ??= { text: '', level }
    if (character === '\n') {
      lines.push(line)
      line = undefined
    } else line = { ...line, text: line.text + character }
  }
  const isEmptyNote = lines.length === 0 && line === undefined && rows[0]?.kind === 'note'
  return [...lines, ...(line === undefined ? [] : [line]), ...(isEmptyNote ? [{ text: '', level: rows[0]?.level ?? 0 }] : [])]
}

function reading(rows: readonly RecordedPart[]) {
  return openRunLines({ logRows: async (_, { from, limit }) => rows.slice(from - 1, from - 1 + limit) })
}

describe('the lines of a run', () => {
  it('are the same in each range, with each filter, and in the download', () =>
    fc.assert(
      fc.asyncProperty(log, fc.integer({ min: -400, max: 3000 }), fc.integer({ min: 1, max: 900 }), async (rows, from, count) => {
        const all = linesOf(rows).map((it, number) => ({ ...it, number }))
        const shown = (lines: readonly { readonly text: string; readonly number: number }[]) => lines.map(({ text, number }) => [number, text])
        const cut = (lines: typeof all) => {
          const start = from < 0 ? Math.max(0, lines.length + from) : from
          return shown(lines.slice(start, start + count))
        }
        const lines = reading(rows)
        assert.deepEqual(shown((await lines.read('r', { from, count })).lines), cut(all))
        assert.equal(await lines.length('r'), all.length)
        for (const filter of [{ level: 1 }, { q: 'ab' }, { level: 2, q: 'C' }]) {
          const { level = 9, q = '' } = filter
          const wanted = all.filter((it) => it.level <= level && it.text.toLowerCase().includes(q.toLowerCase()))
          const page = await lines.read('r', { from, count, ...filter })
          assert.deepEqual([page.total, shown(page.lines)], [wanted.length, cut(wanted)])
        }
        const start = Math.max(0, from)
        const matches = all.filter(({ text }) => text.toLowerCase().includes('bb'))
        const rest = matches.filter(({ number }) => number >= start)
        const found = await lines.search('r', { q: 'BB', from: start, limit: count })
        assert.deepEqual([found.total, found.next, shown(found.lines)], [matches.length, rest[count]?.number, shown(rest.slice(0, count))])
        const downloaded: string[] = []
        for await (const part of lines.all('r')) downloaded.push(...part.map(({ text }) => text))
        assert.deepEqual(
          downloaded,
          all.map(({ text }) => text),
        )
      }),
      { numRuns: 60 },
    ))

  it('are read on while the run writes them', async () => {
    const rows: RecordedPart[] = []
    const write = (kind: string, text: string) => rows.push({ number: rows.length + 1, at: new Date(0), kind, level: 3, text })
    const lines = reading(rows)
    const now = async () => (await lines.read('r', { from: 0, count: 10 })).lines.map(({ text }) => text)
    assert.deepEqual(await now(), [])
    write('stderr', 'a\nb')
    assert.deepEqual(await now(), ['a', 'b'])
    assert.equal((await lines.read('r', { from: 0, count: 10, q: 'bc' })).total, 0)
    write('stderr', 'c')
    assert.deepEqual(await now(), ['a', 'bc'])
    assert.equal((await lines.read('r', { from: 0, count: 10, q: 'bc' })).total, 1)
    write('note', 'd\n')
    assert.deepEqual(await now(), ['a', 'bc', 'd'])
    assert.deepEqual(
      (await lines.read('r', { from: -2, count: 10 })).lines.map(({ text }) => text),
      ['bc', 'd'],
    )
  })

  it('are cut if they are very long, and complete in the download', async () => {
    const rows = Array.from({ length: 40 }, (_, index) => ({
      number: index + 1,
      at: new Date(0),
      kind: 'stdout',
      level: 0,
      text: 'x'.repeat(65_536),
    }))
    const lines = reading(rows)
    const [line] = (await lines.read('r', { from: 0, count: 5 })).lines
    assert.deepEqual([line?.text.length, line?.length], [16 * 1024, 40 * 65_536])
    let length = 0
    for await (const part of lines.all('r')) for (const { text } of part) length += text.length
    assert.equal(length, 40 * 65_536)
  })
})
