import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { formatBytes, formatDuration } from '../../src/lib/format.ts'
import { present } from '../../web/src/app/search.ts'
import { timeTicks } from '../../web/src/charts/time-ticks.ts'
import { yearCells } from '../../web/src/charts/year-cells.ts'
import { bytesIn, durationIn, roughlyIn } from '../../web/src/format/quantities.ts'
import { fullIn, minuteIn } from '../../web/src/format/zoned.ts'
import { messages as english } from '../../web/src/i18n/en/index.ts'
import { ru } from '../../web/src/i18n/plural.ts'
import { messages as russian } from '../../web/src/i18n/ru/index.ts'
import { type SseItem, sseReader } from '../../web/src/live/read-sse.ts'
import { readSgr } from '../../web/src/log/sgr.ts'
import { readAuditSearch } from '../../web/src/pages/audit/audit-search.ts'
import { boundsOfDay } from '../../web/src/pages/host/bounds-of-day.ts'
import { readHostSearch } from '../../web/src/pages/host/host-search.ts'
import { readSchedulesSearch } from '../../web/src/pages/schedules/schedules-search.ts'
import { userChanges } from '../../web/src/pages/users/user-changes.ts'
import { toCsv } from '../../web/src/ui/export/export-rows.ts'
import { afterAddress, sending, typedFirst } from '../../web/src/ui/form/typed.ts'

describe('the form of a user', () => {
  const before = { email: 'ann@example.org', role: 'viewer', isEnabled: true } as const
  it('sends what was changed in it, and nothing that another administrator may have changed meanwhile', () => {
    assert.deepEqual(userChanges(before, { ...before, role: 'operator' }), { role: 'operator' })
    assert.deepEqual(userChanges(before, { ...before, isEnabled: false }), { isEnabled: false })
    assert.deepEqual(userChanges(before, { ...before, email: '' }), { email: '' })
    assert.deepEqual(userChanges(before, before), {})
  })
})

describe('an input whose value is in the address', () => {
  const type = (text: string) => [...text].reduce((typed, _, at) => sending(typed, text.slice(0, at + 1)), typedFirst(''))
  it('keeps what was typed, however late the address follows, and whether or not it skips something', () =>
    fc.assert(
      fc.property(fc.string({ minLength: 1 }), fc.func(fc.boolean()), (text, isSkipped) => {
        let typed = { ...type(text), text: `${text}, and more` }
        for (const { length } of [...text].map((_, at) => text.slice(0, at + 1)))
          if (!isSkipped(length)) typed = afterAddress(typed, text.slice(0, length))
        assert.equal(typed.text, `${text}, and more`)
      }),
    ))
  it('has the value of a link', () => {
    assert.equal(afterAddress(type('ab'), 'other').text, 'other')
    assert.equal(afterAddress(afterAddress(type('ab'), 'ab'), 'a').text, 'a')
  })
})

describe('formatted values', () => {
  const bytes = bytesIn(english.common.bytes, '.')
  const duration = durationIn(english.common.units, '.')
  it('include sizes in the format of the command line', () =>
    fc.assert(fc.property(fc.nat(), fc.integer({ min: 0, max: 29 }), (n, e) => bytes(n * 2 ** e) === formatBytes(n * 2 ** e))))
  it('include durations in the format of the command line', () =>
    fc.assert(fc.property(fc.integer({ min: -5, max: 10 ** 10 }), (ms) => duration(ms) === formatDuration(ms))))
  it('have Russian units and decimal commas', () => {
    assert.equal(bytesIn(russian.common.bytes, ',')(9.4 * 2 ** 30), '9,4 ГиБ')
    assert.equal(durationIn(russian.common.units, ',')(7_800_000), '2 ч 10 мин')
    assert.equal(roughlyIn(russian.common.units)(19 * 3_600_000), '19 ч')
  })
  it('have Russian plural forms', () =>
    assert.deepEqual(
      [0, 1, 2, 5, 11, 21, 1.5].map((n) => ru(n, 'хост', 'хоста', 'хостов')),
      ['0 хостов', '1 хост', '2 хоста', '5 хостов', '11 хостов', '21 хост', '1,5 хоста'],
    ))
  it('include times in the zone of the host, with its name, also when the clocks change', () => {
    const berlin = { language: 'en', zone: 'Europe/Berlin' } as const
    assert.equal(fullIn(Date.parse('2026-10-25T00:30:00Z'), berlin), '2026-10-25 02:30:00, CEST (Europe/Berlin)')
    assert.equal(fullIn(Date.parse('2026-10-25T01:30:00Z'), berlin), '2026-10-25 02:30:00, CET (Europe/Berlin)')
    assert.equal(minuteIn(Date.parse('2026-03-08T07:30:00Z'), 'America/New_York'), '2026-03-08 03:30')
    assert.equal(minuteIn(Date.parse('2026-03-08T07:30:00Z'), 'No/Such_Zone'), '2026-03-08 07:30')
  })
  it('include the beginning and the end of a day', () => {
    assert.deepEqual(boundsOfDay('2026-10-25', 'Europe/Berlin'), { from: '2026-10-24T22:00:00.000Z', to: '2026-10-25T22:59:59.999Z' })
    assert.deepEqual(boundsOfDay('2026-03-08', 'America/New_York'), { from: '2026-03-08T05:00:00.000Z', to: '2026-03-09T03:59:59.999Z' })
  })
  it('accept every day that is being typed, and no day that is not in the calendar', () => {
    for (const day of ['2026-02-31', '2026-13-01', '2026-00-10', '0000-01-01', '9999-12-31', 'yesterday', '', 7])
      for (const found of [readAuditSearch({ from: day, to: day }), readHostSearch({ day }), readSchedulesSearch({ day })])
        assert.deepEqual(present(found), {}, JSON.stringify(day))
    for (const from of ['0002-11-26', '0202-02-28', '2024-02-29', '9998-12-31']) {
      assert.deepEqual(present(readAuditSearch({ from })), { from })
      for (const zone of ['UTC', 'Europe/Berlin', 'America/New_York']) assert.ok(boundsOfDay(from, zone).from < boundsOfDay(from, zone).to)
    }
  })
  it('include a year of days; those that are not loaded yet are unknown', () => {
    const days = { from: '2026-11-24', states: 'g-f' }
    const loading = yearCells(days, undefined)
    assert.deepEqual([loading.length, loading[0]?.letter, loading.at(-1)?.day, loading.at(-1)?.row], [52 * 7 + 4, '?', '2026-11-26', 3])
    assert.equal(
      loading
        .slice(-4)
        .map(({ letter }) => letter)
        .join(''),
      '?g-f',
    )
    const run = { task: 't', runs: 1, bytes: null, durationMs: null }
    const loaded = yearCells(days, [
      { ...run, day: '2026-11-26', worst: 'killed' },
      { ...run, day: '2026-01-01', worst: 'partial' },
    ])
    assert.deepEqual(
      loaded.filter(({ letter }) => letter !== '-').map(({ day, letter }) => [day, letter]),
      [
        ['2026-01-01', 'w'],
        ['2026-11-26', 'f'],
      ],
    )
  })
  it('include round times on an axis', () => {
    const from = Date.parse('2026-11-26T02:31:07Z')
    const ticks = timeTicks(from, from + 14 * 60_000)
    assert.ok(ticks.length >= 2 && ticks.length <= 6)
    for (const at of ticks) assert.ok(at >= from && at <= from + 14 * 60_000 && at % 60_000 === 0)
  })
  it('do not become formulas in exported files', () =>
    assert.equal(
      toCsv([
        { name: '=cmd|x', note: 'a "b", c\nd', size: -5 },
        { name: '@x', note: '', size: 7 },
      ]),
      'name,note,size\r\n\'=cmd|x,"a ""b"", c\nd",-5\r\n\'@x,,7\r\n',
    ))
})

describe('a line of a log', () => {
  const cases: readonly (readonly [string, string, readonly (readonly [string, string])[]])[] = [
    ['keeps markup as text', '<img src=x onerror=alert(1)>', [['<img src=x onerror=alert(1)>', '']]],
    [
      'reads colours',
      'a\u001b[1;31mb\u001b[0mc',
      [
        ['a', ''],
        ['b', 'sgr-red sgr-bold'],
        ['c', ''],
      ],
    ],
    [
      'reads colours of a palette',
      '\u001b[38;5;9mx\u001b[38;2;1;2;3;4my',
      [
        ['x', 'sgr-red'],
        ['y', 'sgr-red sgr-under'],
      ],
    ],
    ['drops links and titles', '\u001b]8;;http://evil\u0007link\u001b]8;;\u001b\\', [['link', '']]],
    ['drops movements of the cursor', '\u001b[2J\u001b[5;1Hx\u001b[?25l', [['x', '']]],
    [
      'drops a sequence that never ends',
      'x\u001b[31',
      [
        ['x', ''],
        ['31', ''],
      ],
    ],
    ['shows what a progress bar wrote last', '10 %\r50 %\r100 %\r', [['100 %', '']]],
    ['makes the unseen visible', 'a\u0000\u202eb', [['a\u2400\\u202eb', '']]],
  ]
  for (const [name, line, spans] of cases) {
    it(name, () =>
      assert.deepEqual(
        readSgr(line).map((it) => [it.text, it.look]),
        spans,
      ),
    )
  }
  it('accepts any text', () =>
    fc.assert(fc.property(fc.string({ unit: 'binary' }), (line) => readSgr(line).every(({ text }) => !text.includes('\u001b')))))
})

describe('the stream of events', () => {
  it('is parsed correctly regardless of how it is split', () => {
    const whole = ': now 2026\r\n\r\nid: 7\ndata: {"a":\ndata: 1}\n\nretry: 5\ndata:x\r\rdata: last\n\n'
    const read = (pieces: readonly string[]) => {
      const items: SseItem[] = []
      const take = sseReader((it) => items.push(it))
      for (const piece of pieces) take(piece)
      return items
    }
    const expected = read([whole])
    assert.deepEqual(expected, [
      { kind: 'comment', text: 'now 2026' },
      { kind: 'message', id: '7', data: '{"a":\n1}' },
      { kind: 'message', id: '7', data: 'x' },
      { kind: 'message', id: '7', data: 'last' },
    ])
    fc.assert(
      fc.property(fc.array(fc.nat({ max: whole.length })), (cuts) => {
        const edges = [0, ...cuts.toSorted((a, b) => a - b), whole.length]
        assert.deepEqual(read(edges.slice(0, -1).map((from, index) => whole.slice(from, edges[index + 1]))), expected)
      }),
    )
  })
})
