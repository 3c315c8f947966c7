import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { dumpFiles, SCHEME } from '../../../test/support/archive.ts'
import { dumpPaths } from './dump-paths.ts'

describe('dumpPlace', () => {
  it('gives dump and digest two names, or refuses', async () => {
    const placeOf = (digests: boolean) =>
      dumpPaths(
        {
          kind: 'dump',
          program: 'pg_dump',
          format: 'custom',
          options: [],
          files: dumpFiles('/nowhere', ['d'], { scheme: { ...SCHEME, dumpDigest: SCHEME.dump }, digests }),
        },
        'd',
        new Date(0),
      )
    await assert.rejects(placeOf(true), /dump and digest have the same file name/u)
    assert.match((await placeOf(false)).dump, /^\/nowhere\/db-d-/u)
  })
})
