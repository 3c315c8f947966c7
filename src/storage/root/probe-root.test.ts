import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { probeRoot } from './probe-root.ts'

describe('probeRoot', () => {
  it('is content with a root that answers, also one that is not there', async () => {
    await probeRoot('/', new AbortController().signal)
    await probeRoot('/nowhere/at/all', new AbortController().signal)
  })

  it('fails for a root that does not respond in time', async () => {
    await assert.rejects(probeRoot('/usr', new AbortController().signal, 0), {
      code: 'storage/unreachable',
      message: /^no answer from the file system of "\/usr" within 0 s$/u,
    })
  })

  it('stops immediately on an abort', async () => {
    await assert.rejects(probeRoot('/', AbortSignal.abort()), { code: 'storage/aborted' })
  })
})
