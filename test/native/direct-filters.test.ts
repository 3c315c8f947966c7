import assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { cannotMount, mountSmallDisk, type SmallDisk } from '../faults/small-disk.ts'
import { requires } from '../support/requires.ts'
import { openPlace, type Place } from './place.ts'

const HOLDFAST = join(import.meta.dirname, '../../holdfast')

const NEEDED = cannotMount() || requires('age', 'zstd', 'xz', 'pigz', 'prlimit')

// Random data, which does not become smaller.
const SOURCE = 'exec: { argv: [head, -c, "3000000", /dev/urandom] }'

const FILTERS: Readonly<Record<string, string>> = {
  zstd: 'compress: zstd',
  gzip: 'compress: gzip',
  pigz: 'compress: { method: gzip, threads: 2 }',
  xz: 'compress: xz',
  age: 'compress: none, encrypt: recovery',
}

/** Filters write the file of an object themselves: a failed write must be known by what they report. */
describe('a filter that writes the file of an object', { skip: NEEDED }, () => {
  let place: Place
  let disk: SmallDisk
  let keys: string
  const works: (() => void)[] = []
  before(() => {
    place = openPlace({ after: (work) => works.push(work) })
    disk = mountSmallDisk(join(place.folder, 'root'), 'size=16m')
    const recipient = place.shell(`age-keygen -o "${place.folder}/key" 2>&1 | sed 's/.*: //'`).trim()
    keys = `keys: { recovery: { age: [${recipient}] } }`
  })
  after(() => {
    disk?.unmount()
    for (const work of works) work()
  })

  const sets = () => readdirSync(join(place.folder, 'root', 'nightly')).filter((it) => it.startsWith('2'))

  for (const [name, words] of Object.entries(FILTERS)) {
    it(`${name}: a full disk and a limit on the size of files fail the object with the cause, and leave nothing`, () => {
      place.configure(`{ data: { ${SOURCE}, ${words} } }`, keys)
      const well = place.run('-q', 'run')
      assert.deepEqual([well.status, well.stderr], [0, ''])
      assert.equal(place.run('-q', 'verify').status, 0)
      const before = sets()

      disk.remount('size=5m')
      const full = place.run('-q', 'run')
      assert.equal(full.status, 1, full.stderr)
      assert.match(
        full.stderr,
        new RegExp(`^error: could not write the object: ${name} failed \\(.*no space left on device.*\\n(?:.*\\n)*.*df -h`, 'imu'),
      )
      disk.remount('size=16m')
      assert.deepEqual(sets(), before)

      const limited = place.shell(`prlimit --fsize=1000000 ${HOLDFAST} -q -f "${place.folder}/holdfast.yaml" run 2>&1 || echo "exit $?"`)
      assert.match(limited, new RegExp(`^error: could not write the object: ${name} failed \\((?:.*file too large|killed by SIGXFSZ)`, 'imu'))
      assert.match(limited, /ulimit -f[\s\S]*^exit 1$/mu)
      assert.deepEqual(sets(), before)
      place.shell(`rm -r "${place.folder}/root/nightly"`)
    })
  }
})
