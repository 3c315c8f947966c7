import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { until } from '../support/time-limits.ts'
import { assertNothingLeft, drill, forgetFacts, mutate, noSandbox } from './drills.ts'
import { openPlace, type Place } from './place.ts'
import { noPostgresql, startPostgresql } from './servers.ts'

const SLEEPING = '\nSELECT pg_sleep(3600);\n'

/** The number of temporary servers that execute the statement at the end of a dump. */
function sleepers(): number {
  return Number(spawnSync('pgrep', ['-c', '-f', 'postgres: holdfast_drill .* SELECT'], { encoding: 'utf8' }).stdout)
}

/** A set with two databases whose dumps do not end. */
function makeEndless(t: Parameters<typeof openPlace>[0]): Place {
  const place = openPlace(t)
  const { sql, connect } = startPostgresql(place)
  sql('postgres', 'create database shop')
  sql('postgres', 'create database blog')
  place.configure(`{ pg: { postgresql: { databases: [shop, blog], ${connect} }, compress: none } }`)
  assert.equal(place.run('-q', 'run').status, 0)
  for (const name of ['shop', 'blog'])
    mutate(place, `pg/${name}.sql`, (it) => it.replace(/(?=\n--\n-- PostgreSQL database dump complete)/u, SLEEPING))
  forgetFacts(place)
  return place
}

/** The two of them at once: each has 1 GiB of this memory. */
const AT_ONCE = ['--workers', '2', '--memory', '2GiB']

describe('drill of several objects at once', { skip: noSandbox || noPostgresql }, () => {
  it('leaves nothing when it is stopped, nor after a kill: the next command removes both places', async (t) => {
    const place = makeEndless(t)
    const begin = async () => {
      const started = place.start('drill', 'nightly', '--folder', place.folder, ...AT_ONCE)
      await until(() => sleepers() === 2)
      return started
    }
    const stopped = await begin()
    stopped.kill('SIGTERM')
    await once(stopped, 'exit')
    assert.equal(sleepers(), 0)
    assertNothingLeft(place)
    const killed = await begin()
    killed.kill('SIGKILL')
    await once(killed, 'exit')
    place.run('drill', 'nightly', '--folder', place.folder, '--level', 'structure')
    await until(() => sleepers() === 0)
    assertNothingLeft(place)
  })

  it('tries again alone what has no room or not enough memory beside others', (t) => {
    const place = openPlace(t)
    place.shell('mkdir data room; echo one >data/a; echo two >data/b; mount -t tmpfs -o size=1g none room')
    place.atEnd(() => place.shell('umount room'))
    place.configure(`{ a: { files: { paths: [data/a] } }, b: { files: { paths: [data/b] } } }`.replaceAll('data/', `${place.folder}/data/`))
    const file = join(place.folder, 'holdfast.yaml')
    const check = `{ object: a, name: memory, run: [sh, -c, 'test "$(ulimit -d)" -gt 1500000'] }`
    writeFileSync(file, `${readFileSync(file, 'utf8')}  prove:\n    steps:\n      - drill: { from: local, name: nightly, checks: [${check}] }\n`)
    assert.equal(place.run('-q', 'run', 'nightly').status, 0)
    // Each needs 512 MiB, and 80 % of 1 GiB can be used.
    const { status, ends, result, stderr } = drill(place, '--folder', `${place.folder}/room`, ...AT_ONCE)
    assert.deepEqual([status, ends, stderr], [0, { 'a.tar.zst': 'proven', 'b.tar.zst': 'proven' }, ''])
    assert.ok(result.objects[0]?.asked.includes('check "memory"'))
    assert.match(drill(place, '--memory', '1GiB').ends['a.tar.zst'] ?? '', /^failed: .*check "memory"/u)
    assert.match(place.run('drill', 'nightly', '--workers', '0').stderr, /invalid number "0"/u)
  })
})
