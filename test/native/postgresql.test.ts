import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { guideBlocks } from '../support/guide.ts'
import { assertSameText } from '../support/same-text.ts'
import { openPlace, type Place } from './place.ts'
import { noPostgresql, type Server, startPostgresql } from './servers.ts'

const portray = ({ script }: Server) => script('portray-cluster.sql')

/** Restores by the blocks of the guide alone, and loads the dumps whose paths `isWanted` into the server that the clients find. */
function restoreByGuide(place: Place, { environment }: Server, isWanted: (script: string) => boolean): string {
  const set = place.newestSet()
  const guide = readFileSync(join(set, 'RESTORE.md'), 'utf8')
  const script = [...guideBlocks(guide), ...guideBlocks(guide, 'sh needs-server').filter(isWanted)].join('\n')
  return place.guided(script, { ...environment, DEST: join(place.folder, 'dest') })
}

describe('postgresql', { skip: noPostgresql }, () => {
  it('a dump of all databases is restored to a fresh cluster with the guide', (t) => {
    const place = openPlace(t)
    const server = startPostgresql(place)
    server.script('fill-cluster.sql')
    place.configure(`{ all: { postgresql: { databases: all, ${server.connect} } } }`)
    const { status, stdout, stderr } = place.run('-v', 'run')
    assert.equal(status, 0, stderr)
    assert.doesNotMatch(stdout + stderr, /ARY/u)
    const fresh = startPostgresql(place, 'fresh')
    assert.match(
      restoreByGuide(place, fresh, () => true),
      /all\.sql\.zst: OK/u,
    )
    assertSameText(portray(fresh), portray(server))
    assert.throws(
      () =>
        place.guided(guideBlocks(readFileSync(join(place.newestSet(), 'RESTORE.md'), 'utf8'), 'sh needs-server').join('\n'), {
          ...fresh.environment,
          DEST: join(place.folder, 'dest'),
        }),
      /already exists/u,
    )
  })

  it('dumps of single databases are restored together with the roles', (t) => {
    const place = openPlace(t)
    const server = startPostgresql(place)
    server.script('fill-cluster.sql')
    place.configure(`{ some: { postgresql: { databases: [shop, "x=y", postgres], ${server.connect} } } }`)
    const { status, stderr } = place.run('-q', 'run')
    assert.equal(status, 0, stderr)
    const { objects } = place.manifest()
    assert.deepEqual(
      objects.map((it) => it.path).toSorted(),
      ['globals', 'postgres', 'shop', 'x=y'].map((it) => `some/${it}.sql.zst`),
    )
    for (const { facts } of objects) assert.match(String(facts?.['server-version']), /^\d+/u)
    const fresh = startPostgresql(place, 'fresh')
    // The database "postgres" is there already, and the block says so by stopping: its own dump is loaded without the statement that makes it.
    restoreByGuide(place, fresh, (script) => !script.includes('postgres.sql'))
    place.shell(`sed -i '/^CREATE DATABASE postgres/d' dest/some/postgres.sql; mkdir again; mv dest/some/postgres.sql again/`)
    place.guided('psql -X -q -v ON_ERROR_STOP=1 -d template1 -f ../../../again/postgres.sql >/dev/null', fresh.environment)
    assertSameText(portray(fresh), portray(server))
  })

  it("fails with the program's output if there is no server", (t) => {
    const place = openPlace(t)
    place.configure(`{ x: { postgresql: { databases: [shop], host: ${place.folder} } } }`)
    const { status, stderr } = place.run('run')
    assert.equal(status, 1)
    assert.match(stderr, /connection to server on socket/u)
  })
})
