import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { filesystemSets } from '../../src/backup/store/filesystem-sets.ts'
import { verifySet } from '../../src/backup/verify/verify-set.ts'
import { openProcesses } from '../../src/process/open-processes.ts'
import { DEFAULT_LIMITS, type Processes } from '../../src/process/processes.ts'
import { lacks, openPlace } from '../native/place.ts'
import { forgeObject } from '../support/forge.ts'
import { call, closeLocalfs, openLocalfs } from '../support/localfs.ts'
import { type Random, randomFrom } from '../support/mutations.ts'

const isLong = process.env['HOLDFAST_LONG_TESTS'] === '1'
const CUTS = isLong ? 200 : 3
const CHANGES = isLong ? 200 : 2
/** Where an end mark, a checksum, or the end of an archive is lost. */
const ENDS = isLong ? [1, 2, 4, 8, 12, 512, 1024] : [1, 8, 1024]

const TAR = (folder: string) => `[tar, -cf, "-", -C, ${folder}, data]`
/** Objects by their paths: each format that `verify --deep` reads. Dumps of databases are cut by `mutants.test.ts`. */
const OBJECTS = (folder: string) => ({
  'none.tar': `{ files: { paths: [${folder}/data] }, compress: none }`,
  'zstd.tar.zst': `{ files: { paths: [${folder}/data] }, compress: zstd }`,
  'gzip.tar.gz': `{ files: { paths: [${folder}/data] }, compress: gzip }`,
  'xz.tar.xz': `{ files: { paths: [${folder}/data] }, compress: xz }`,
  'age.tar.zst.age': `{ files: { paths: [${folder}/data] }, compress: zstd, encrypt: by-age }`,
  'plain.tar.age': `{ files: { paths: [${folder}/data] }, compress: none, encrypt: by-age }`,
  bzip2: `{ pipeline: [${TAR(folder)}, [bzip2]], compress: none }`,
  lz4: `{ pipeline: [${TAR(folder)}, [lz4]], compress: none }`,
  piped: `{ pipeline: [${TAR(folder)}, [cat]], compress: none }`,
  'app.db': `{ sqlite: { path: ${folder}/app.db }, compress: none }`,
  'app.db.gz': `{ sqlite: { path: ${folder}/app.db }, compress: gzip }`,
})

/** Where a byte of the checksum that a compressor has stored is. The other objects have none of their own, or are encrypted. */
const CHECKSUMS: Readonly<Record<string, (object: Buffer) => number>> = {
  'zstd.tar.zst': ({ length }) => length - 2,
  'gzip.tar.gz': ({ length }) => length - 6,
  // Before the index, whose size is in the footer.
  'xz.tar.xz': (object) => object.length - 12 - 4 * (object.readUInt32LE(object.length - 8) + 1) - 4,
  bzip2: () => 12,
  lz4: ({ length }) => length - 2,
}

function withByteChanged(object: Buffer, at: number): Buffer {
  const changed = Buffer.from(object)
  changed[at] = (changed[at] ?? 0) ^ 0xff
  return changed
}

/** Whether an archive still has its end, two blocks of zeros: tar writes more of them, and without facts nothing says how many. */
function losesPadding(archive: Buffer, cut: number): boolean {
  return cut % 512 === 0 && cut >= 1024 && archive.subarray(cut - 1024).every((byte) => byte === 0)
}

/** First the checksum of each compressor, then its data: that the checksum is compared shows that it is there. */
async function findChanges(set: string, random: Random, problemsOf: () => Promise<readonly { readonly path: string }[]>): Promise<void> {
  for (let nth = 0; nth < CHANGES; nth++) {
    const changes = Object.entries(CHECKSUMS).map(([path, checksumAt]) => {
      const whole = readFileSync(join(set, path))
      const at = nth === 0 ? checksumAt(whole) : Math.floor(whole.length / 4) + random(Math.floor(whole.length / 2))
      forgeObject(set, path, withByteChanged(whole, at))
      return { path, whole, at }
    })
    const found = new Set((await problemsOf()).map(({ path }) => path))
    for (const { path, whole, at } of changes) {
      assert.ok(found.has(path), `${path}, changed at ${at} of ${whole.length} bytes`)
      forgeObject(set, path, whole)
    }
  }
}

describe('an object that was cut or changed, with its digests', {
  skip: lacks('age', 'zstd', 'xz', 'bzip2', 'lz4', 'gzip', 'sqlite3', 'tar'),
}, () => {
  let processes: Processes
  before(() => {
    processes = openProcesses({ runId: `cuts-${process.pid}` })
  })
  after(async () => {
    await processes.close()
    await closeLocalfs()
  })

  it('is not verified, wherever it was cut, and whatever changed in its compressed data', async (t) => {
    const place = openPlace(t)
    place.shell(
      `mkdir data; for n in $(seq 30); do head -c $((n * 97)) /dev/urandom >data/$n; done; age-keygen -o key 2>key.log; sqlite3 app.db 'create table t(a); insert into t values(1)'`,
    )
    const recipient = place.shell('age-keygen -y key').trim()
    const all = OBJECTS(place.folder)
    const objects = Object.entries(all).map(([path, object]) => `"${path}": ${object.replace('{ ', `{ path: "${path}", `)}`)
    place.configure(`{ ${objects.join(', ')} }`, `keys: { by-age: { age: ${recipient} } }`)
    const made = place.run('-q', 'run')
    assert.equal(made.status, 0, made.stderr)
    const folder = place.newestSet()
    const set = folder.slice(folder.lastIndexOf('/') + 1)
    const sets = filesystemSets(openLocalfs(join(place.folder, 'root/nightly')), { completeWhen: 'manifest' })
    const keys = { environment: {}, identity: join(place.folder, 'key') }
    const problemsOf = async () => {
      const { problems, unchecked = [] } = await verifySet(sets, set, call, {
        deep: { processes, limits: DEFAULT_LIMITS, keys, contentOf: () => undefined },
      })
      assert.deepEqual(unchecked, [])
      return problems
    }
    assert.deepEqual(await problemsOf(), [])
    const random = randomFrom(20261128)
    await findChanges(folder, random, problemsOf)
    for (let nth = 0; nth < CUTS + ENDS.length; nth++) {
      // All objects at once: each must be among the problems.
      const originals = Object.keys(all).map((path) => [path, readFileSync(join(folder, path))] as const)
      const lost = ENDS[nth]
      for (const [path, whole] of originals)
        forgeObject(folder, path, whole.subarray(0, lost === undefined ? random(whole.length) : Math.max(0, whole.length - lost)))
      const found = new Set((await problemsOf()).map(({ path }) => path))
      for (const [path, whole] of originals) {
        const cut = readFileSync(join(folder, path)).length
        assert.ok(found.has(path) || (path === 'piped' && losesPadding(whole, cut)), `${path}, cut to ${cut} of ${whole.length} bytes`)
        forgeObject(folder, path, whole)
      }
    }
  })
})
