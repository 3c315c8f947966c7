import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { loadText } from '../../../../test/support/native.ts'

const OBJECTS = 'objects: { a: { exec: [echo] } }'
const told = async (storages: string, steps: string) => {
  const { errors, warnings } = await loadText(`version: 1\nstorages: {${storages}}\ntasks: { t: { steps: [${steps}] } }\n`)
  return `${errors}\n${warnings}`
}
const sftp = (more: string) => `{ type: sftp, host: h, user: u, root: /b, ${more} }`

// Pairs that differ in how the place is reached.
const SAME = [
  ['{ type: localfs, root: /b }', '{ type: localfs, root: /b/, file-mode: "0600", min-free: 1GiB }'],
  ['{ type: s3, bucket: k, root: r }', '{ type: s3, bucket: k, root: r, storage-class: STANDARD_IA }'],
  ['{ type: rclone, remote: "off:b" }', '{ type: rclone, remote: "off:b", bandwidth: 1MiB/s }'],
  ['{ type: localfs, root: /b }', '{ type: rclone, remote: /b }'],
  [sftp('key-file: /k'), sftp('key-file: /l, port: 22, bandwidth: 1MiB/s')],
] as const
const OTHER = [
  ['{ type: localfs, root: /b }', '{ type: localfs, root: /c }'],
  ['{ type: rclone, remote: "off:b" }', '{ type: rclone, remote: "off:b", config: /etc/rclone.conf }'],
  [sftp('key-file: /k'), sftp('key-file: /k, port: 2222')],
] as const

describe('storages of one place', () => {
  for (const [pairs, isSame] of [
    [SAME, true],
    [OTHER, false],
  ] as const)
    for (const [one, two] of pairs) {
      const storages = `one: ${one}, two: ${two}`
      it(`${isSame ? 'count once' : 'count twice'}: ${one}, ${two}`, async () => {
        const twice = await told(storages, `{ backup: { to: [one, two], ${OBJECTS} } }`)
        assert.equal(/has the same location as a previous one/u.test(twice), isSame, twice)
        const copied = await told(storages, `{ backup: { to: one, ${OBJECTS} } }, { copy: { from: one, to: two } }`)
        assert.equal(/source and target of the copy are the same location/u.test(copied), isSame, copied)
        const more = `${storages}, more: { type: localfs, root: /more }`
        const filled = await told(more, `{ backup: { to: one, ${OBJECTS} } }, { copy: { from: two, to: more } }`)
        assert.equal(!/no step of this configuration stores sets/u.test(filled), isSame, filled)
      })
    }
})

describe('archives of two levels', () => {
  const setOf = (more: string) => loadText(`version: 1\nfile-sets: { e: { archives: { basename: e, folder: /b, ${more} } } }\ntasks: {}\n`)
  const names = 'names: { archive: "x-{date:%Y%m%d}.{ext}" }'

  it('have different names, or folders', async () => {
    assert.match((await setOf(`level: 1, ${names}`)).errors, /archives of both levels would have the same names/u)
    assert.match((await setOf(`level: 1, level-1-folder: /b/, ${names}`)).errors, /archives of both levels would have the same names/u)
    for (const right of [names, `level: 1, level-1-folder: /c, ${names}`, 'level: 1']) assert.equal((await setOf(right)).errors, '', right)
  })
})
