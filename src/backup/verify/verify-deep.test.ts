import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import fc from 'fast-check'
import { call, openLocalfs, temporaryFolder } from '../../../test/support/localfs.ts'
import { type Content, makeSet } from '../../../test/support/sets.ts'
import { openProcesses } from '../../process/open-processes.ts'
import { DEFAULT_LIMITS } from '../../process/processes.ts'
import { filesystemSets } from '../store/filesystem-sets.ts'
import { rateLimitedSets } from '../store/rate-limited-sets.ts'
import { sampleOf, verifySet } from './verify-set.ts'

const began = new Date('2026-01-02T03:04:05Z')

function open(t: TestContext) {
  const folder = temporaryFolder(t)
  const root = join(folder, 'root')
  const processes = openProcesses({ runId: `verify-${process.pid}` })
  t.after(() => processes.close())
  const sets = filesystemSets(openLocalfs(root), { completeWhen: 'manifest' })
  const made = (script: string): Buffer =>
    execFileSync('bash', ['--norc', '-o', 'pipefail', '-c', script], { cwd: '/etc', stdio: ['ignore', 'pipe', 'ignore'] })
  const deep = { processes, limits: DEFAULT_LIMITS, keys: { environment: {} }, contentOf: () => undefined }
  return { root, sets, made, deep, publish: (objects: Record<string, Content>) => makeSet(sets, call, { began, objects }) }
}

describe('verifying to the depth', () => {
  it('sees what digests cannot: bytes that were stored broken', async (t) => {
    const { sets, made, deep, publish } = open(t)
    const gzip = { filters: ['gzip'] }
    const set = await publish({
      'good.tgz': { content: made('tar -czf - hosts passwd'), ...gzip, source: 'tar' },
      'good.gz': { content: made('echo x | gzip'), ...gzip },
      plain: 'x',
      'cut.gz': { content: made('seq 1000 | gzip | head -c 900'), ...gzip },
      'cut.tar': { content: made('tar -cf - hosts | head -c 700'), filters: [], source: 'tar' },
      'locked.age': { content: Buffer.from('x'), filters: ['age'] },
    })
    assert.deepEqual((await verifySet(sets, set, call)).problems, [])
    const { problems, warnings, bytes, unchecked } = await verifySet(sets, set, call, { deep })
    assert.deepEqual(
      problems.map(({ kind, path }) => `${kind} ${path}`),
      ['structure cut.gz', 'structure cut.tar'],
    )
    assert.match(problems[0]?.message ?? '', /unexpected end of file/u)
    assert.match(problems[1]?.message ?? '', /Unexpected EOF|not recoverable/u)
    assert.deepEqual([warnings?.length, warnings?.[0]?.includes('"locked.age" is encrypted')], [1, true])
    assert.deepEqual(unchecked, ['good.gz', 'plain', 'locked.age'])
    assert.equal((await verifySet(sets, set, call)).unchecked, undefined)
    assert.equal(bytes, (await verifySet(sets, set, call)).bytes)
  })

  it('detects an object of another kind although every program succeeds', async (t) => {
    const { sets, made, deep, publish } = open(t)
    const pg = '--\n-- PostgreSQL database dump\n--\n\nSELECT 1;\n\n--\n-- PostgreSQL database dump complete\n--\n\n'
    const restricted = pg.replace('SELECT', '\\restrict abc\n\nSELECT').replace(/\n$/u, '\\unrestrict abc\n\n')
    const globals = pg.replaceAll('PostgreSQL database', 'PostgreSQL database cluster')
    const my = '/*M!999999\\- enable the sandbox mode */ \n-- MariaDB dump 10.19\nSELECT 1;\n-- Dump completed on 2026-11-26  3:04:05\n'
    const mysql = '-- MySQL dump 10.13\nSELECT 1;\n-- Dump completed\n'
    const ldif = 'dn: dc=example\ndc: example\n\ndn: cn=x,dc=example\ncn: x\n\n'
    const dump = (kind: string, text: string, facts = {}): Content => ({ content: Buffer.from(text), kind, facts })
    const tar = (script: string, more: Partial<Exclude<Content, string | Buffer>> = {}): Content => ({
      content: made(script),
      source: 'tar',
      ...more,
    })
    const sqlite = made('f=$(mktemp -u); sqlite3 $f "create table t (n); insert into t values (1)"; cat $f; rm $f')
    const good = {
      'good/pg': dump('postgresql', pg),
      'good/pg-restricted': dump('postgresql', restricted),
      'good/globals': dump('postgresql', globals),
      'good/my': dump('mariadb', my),
      'good/mysql': dump('mariadb', mysql),
      'good/ldif': dump('ldap', ldif),
      'good/ldif-counted': dump('ldap', ldif, { entries: 2 }),
      'good/sqlite': { content: sqlite, kind: 'sqlite' },
      'good/tar': tar('tar -cf - hosts passwd group', { facts: { entries: 3 } }),
      'good/odd.tgz': tar('tar -czf - hosts passwd', { filters: ['gzip'] }),
      'good/nothing': dump('exec', ''),
      'good/no-kind': dump('constructor', ''),
    }
    const bad = {
      'bad/pg-cut': dump('postgresql', pg.slice(0, -50)),
      'bad/pg-empty': dump('postgresql', ''),
      'bad/pg-is-my': dump('postgresql', my),
      'bad/my-cut': dump('mariadb', my.slice(0, 60)),
      'bad/my-empty.gz': { content: made('printf "" | gzip'), kind: 'mariadb', filters: ['gzip'] },
      'bad/my-is-pg': dump('mariadb', pg),
      'bad/ldif-cut': dump('ldap', ldif.slice(0, -3)),
      'bad/ldif-empty': dump('ldap', ''),
      'bad/ldif-an-entry-less': dump('ldap', ldif.slice(0, ldif.indexOf('\n\n') + 2), { entries: 2 }),
      'bad/sqlite-empty': dump('sqlite', ''),
      'bad/sqlite-cut': { content: sqlite.subarray(0, 4096), kind: 'sqlite' },
      'bad/tar-half': tar('tar -cf - hosts passwd', { facts: { entries: 4 }, kind: 'files' }),
      'bad/tar-no-members': tar('tar -cf - -T /dev/null'),
      'bad/tar-empty': tar('true'),
      'bad/tar-no-end.gz': tar('(tar -b1 -cf - hosts || true) | head -c 1024 | gzip', { filters: ['gzip'] }),
      'bad/tar-one-block': tar('((tar -b1 -cf - hosts || true) | head -c 1024; head -c 512 /dev/zero)'),
    }
    const set = await publish({ ...good, ...bad })
    assert.deepEqual((await verifySet(sets, set, call)).problems, [])
    const { problems } = await verifySet(sets, set, call, { deep })
    assert.deepEqual(
      problems.map(({ kind, path }) => `${kind} ${path}`),
      Object.keys(bad).map((path) => `structure ${path}`),
    )
    const said = Object.fromEntries(problems.map(({ path, message }) => [path.slice(4), message]))
    assert.match(said['pg-cut'] ?? '', /is truncated: it does not end like a PostgreSQL dump$/u)
    assert.match(said['my-empty.gz'] ?? '', /is empty, expected a MariaDB dump$/u)
    assert.match(said['my-is-pg'] ?? '', /does not begin like a MariaDB dump$/u)
    assert.match(said['tar-half'] ?? '', /has 2 members, expected 4$/u)
    assert.match(said['tar-no-members'] ?? '', /is an archive without members$/u)
    assert.match(said['tar-one-block'] ?? '', /two blocks of zeros/u)
  })

  it('recognizes the format of objects without a recorded kind, and names those that it cannot check', async (t) => {
    const { sets, made, deep, publish } = open(t)
    const pg = '--\n-- PostgreSQL database dump\n--\n\nSELECT 1;\n\n--\n-- PostgreSQL database dump complete\n--\n\n'
    const my = '-- MariaDB dump 10.19\nSELECT 1;\n-- Dump completed on 2026-11-26  3:04:05\n'
    const sql = 'PRAGMA foreign_keys=OFF;\nBEGIN TRANSACTION;\nCREATE TABLE t (n);\nCOMMIT;\n'
    const ldif = 'dn: dc=example\ndc: example\n'
    const sqlite = made('f=$(mktemp -u); sqlite3 $f "create table t (n); insert into t values (1)"; cat $f; rm $f')
    const gzipped = (text: string): Content => ({ content: execFileSync('gzip', { input: text }), filters: ['gzip'] })
    const good = { pg, 'pg.gz': gzipped(pg), two: `-- ours\n${pg}${pg}-- end\n`, my, sql, ldif, sqlite, tar: made('tar -cf - hosts passwd') }
    const bad = {
      'cut/pg': pg.slice(0, 50),
      'cut/pg.gz': gzipped(pg.slice(0, 50)),
      'cut/my': my.slice(0, 30),
      'cut/sql': sql.slice(0, -9),
      'cut/ldif': ldif.slice(0, -4),
      'cut/sqlite': sqlite.subarray(0, 4096),
      'cut/tar': made('tar -cf - hosts passwd').subarray(0, 1024),
    }
    const rest = { empty: '', 'empty.gz': gzipped(''), 'other.txt': 'one\ntwo\n' }
    const set = await publish({ ...good, ...bad, ...rest })
    const { problems, notes, unchecked } = await verifySet(sets, set, call, { deep })
    assert.deepEqual(
      problems.map(({ kind, path }) => `${kind} ${path}`),
      Object.keys(bad).map((path) => `structure ${path}`),
    )
    assert.match(problems[0]?.message ?? '', /^"cut\/pg" is truncated: it does not end like a PostgreSQL dump$/u)
    assert.deepEqual([notes, unchecked], [['"empty" is empty', '"empty.gz" is empty'], ['other.txt']])
  })

  it('calls damage by its name, and compares what needs a key all the same', async (t) => {
    const { root, sets, made, deep, publish } = open(t)
    const set = await publish({
      'a.gz': { content: made('seq 1000 | gzip'), filters: ['gzip'] },
      'locked.age': { content: Buffer.from('x'), filters: ['age'] },
    })
    for (const path of ['a.gz', 'locked.age']) {
      const file = join(root, set, path)
      const content = readFileSync(file)
      content[content.length - 1] = 7
      writeFileSync(file, content)
    }
    const { problems } = await verifySet(sets, set, call, { deep })
    assert.deepEqual(
      problems.map(({ kind, path }) => `${kind} ${path}`),
      ['digest a.gz', 'digest locked.age'],
    )
  })

  it('looks for all and reads a sample', async (t) => {
    const { root, sets, publish } = open(t)
    const set = await publish(Object.fromEntries(Array.from({ length: 10 }, (_, index) => [`f${index}`, 'good'])))
    writeFileSync(join(root, set, 'f0'), 'evil')
    writeFileSync(join(root, set, 'f9'), 'cut')
    const first = { percent: 11, random: () => 0 }
    const seen = await verifySet(sets, set, call, { sample: first })
    assert.deepEqual([seen.sampled, seen.problems.map(({ kind, path }) => `${kind} ${path}`)], [2, ['digest f0', 'size f9']])
    const last = await verifySet(sets, set, call, { sample: { percent: 1, random: () => 0.999 } })
    assert.deepEqual([last.sampled, last.problems.map(({ kind }) => kind)], [1, ['size']])
    assert.equal(readdirSync(join(root, set)).length, 14)
  })

  it('respects the rate limit', async (t) => {
    const { sets, publish } = open(t)
    const set = await publish({ f: Buffer.alloc(50_000) })
    const beganMs = performance.now()
    assert.deepEqual((await verifySet(rateLimitedSets(sets, 200_000), set, call)).problems, [])
    assert.ok(performance.now() - beganMs >= 250)
  })
})

describe('sampleOf', () => {
  it('selects the given share, unchanged and in order', () => {
    fc.assert(
      fc.property(
        fc.nat(200),
        fc.double({ min: 0.001, max: 100, noNaN: true }),
        fc.infiniteStream(fc.double({ min: 0, max: 0.9999, noNaN: true })),
        (count, percent, chances) => {
          const items = Array.from({ length: count }, (_, index) => index)
          const chosen = sampleOf(items, { percent, random: () => chances.next().value ?? 0 })
          assert.equal(chosen.length, count === 0 ? 0 : Math.min(count, Math.max(1, Math.ceil((count * percent) / 100))))
          assert.deepEqual(
            chosen,
            [...new Set(chosen)].toSorted((a, b) => a - b),
          )
        },
      ),
    )
  })
})
