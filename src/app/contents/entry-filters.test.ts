import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { ContentEntry } from '../../backup/contents/entry.ts'
import type { EntryConsumer } from '../../backup/contents/listing.ts'
import { entriesBelow, entriesIn, entriesLike } from './entry-filters.ts'

const ENTRIES: readonly ContentEntry[] = [
  { path: 'etc', kind: 'folder' },
  { path: 'etc/ssh/sshd_config', kind: 'file' },
  { path: 'etc/ssh/"q', kind: 'file' },
  { path: 'etc/ssh', kind: 'folder' },
  { path: 'etc2/x', kind: 'file' },
  { path: 'etc/Hosts', kind: 'file' },
  { path: 'shop', kind: 'database' },
  { path: 'shop/orders', kind: 'table', rows: 2 },
]

/** What a consumer takes of entries, and the same by the lines of an index. */
function taken(make: (onEntry: (entry: ContentEntry) => void) => EntryConsumer, entries = ENTRIES): string {
  const ways = [false, true].map((byLine) => {
    const found: string[] = []
    const consumer = make(({ path, kind }) => found.push(`${kind} ${path}`))
    for (const entry of entries) if (!byLine || consumer.mayMatch?.(JSON.stringify(entry)) !== false) consumer.take(entry)
    return found.join(', ')
  })
  assert.equal(ways[0], ways[1])
  return ways[0] ?? ''
}

describe('filters of entries', () => {
  it('list one level, with folders that only paths mention, each once', () => {
    assert.equal(
      taken((onEntry) => entriesIn(undefined, onEntry)),
      'folder etc, folder etc2, database shop',
    )
    assert.equal(
      taken((onEntry) => entriesIn('/etc/', onEntry)),
      'folder etc/ssh, file etc/Hosts',
    )
    assert.equal(
      taken((onEntry) => entriesIn('etc/ssh', onEntry)),
      'file etc/ssh/sshd_config, file etc/ssh/"q',
    )
    assert.equal(
      taken((onEntry) => entriesIn('etc/ssh/"q', onEntry)),
      'file etc/ssh/"q',
    )
    assert.equal(
      taken((onEntry) => entriesIn('shop', onEntry)),
      'table shop/orders',
    )
    assert.equal(
      taken((onEntry) => entriesIn('et', onEntry)),
      '',
    )
  })

  it('count what is not a folder without parsing it, and nothing twice', () => {
    for (const [path, counted, parsed] of [
      ['etc/ssh', ['sshd_config'], ['"q']],
      ['etc', ['Hosts'], ['ssh']],
      [undefined, [], ['etc', 'etc2', 'shop']],
      ['shop', ['orders'], []],
    ] as const) {
      const found: string[] = []
      let count = 0
      const consumer = entriesIn(
        path,
        (entry) => found.push(entry.path.split('/').at(-1) ?? ''),
        () => {
          count += 1
          return true
        },
      )
      for (const entry of ENTRIES) if (consumer.mayMatch?.(JSON.stringify(entry)) !== false) consumer.take(entry)
      assert.deepEqual([count, found.toSorted()], [counted.length, parsed.toSorted()])
    }
  })

  it('know no folders in the names of a directory', () => {
    const entries = ['dc=x', 'ou=a/b,dc=x', 'cn=1,ou=a/b,dc=x', 'ou=a/'].map((path): ContentEntry => ({ path, kind: 'entry' }))
    const names = (make: Parameters<typeof taken>[0]) => taken(make, entries).replaceAll('entry ', '')
    assert.equal(
      names((onEntry) => entriesIn(undefined, onEntry)),
      'dc=x, ou=a/b,dc=x, cn=1,ou=a/b,dc=x, ou=a/',
    )
    for (const make of [entriesIn, entriesBelow]) {
      assert.equal(
        names((onEntry) => make('ou=a', onEntry)),
        '',
      )
      for (const name of ['ou=a/b,dc=x', 'ou=a/'])
        assert.equal(
          names((onEntry) => make(name, onEntry)),
          name,
        )
    }
    assert.equal(
      names((onEntry) => entriesLike('ou=*', { isGlob: true, onEntry })),
      'ou=a/b,dc=x, ou=a/',
    )
    let count = 0
    const counting = entriesIn(
      'ou=a',
      () => undefined,
      () => {
        count += 1
        return true
      },
    )
    for (const entry of entries) counting.mayMatch?.(JSON.stringify(entry))
    assert.equal(count, 0)
  })

  it('list everything below a path, and the entry itself', () => {
    assert.equal(
      taken((onEntry) => entriesBelow('etc/ssh', onEntry)),
      'file etc/ssh/sshd_config, file etc/ssh/"q, folder etc/ssh',
    )
    assert.equal(taken((onEntry) => entriesBelow('.', onEntry)).split(', ').length, ENTRIES.length)
  })

  it('search by a part of the path, or by a pattern for the name or the path', () => {
    const like = (wanted: string, isGlob = false) => taken((onEntry) => entriesLike(wanted, { isGlob, onEntry }))
    assert.equal(like('hosts'), 'file etc/Hosts')
    assert.equal(like('H/"Q'), 'file etc/ssh/"q')
    assert.equal(like('ssh*'), '')
    assert.equal(like('ssh*', true), 'file etc/ssh/sshd_config, folder etc/ssh')
    assert.equal(like('/etc/*/ssh?_config', true), 'file etc/ssh/sshd_config')
    assert.equal(like('kind'), '')
  })
})
