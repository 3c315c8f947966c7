import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import { command } from '../../../test/support/commands.ts'
import { openProcesses } from '../open-processes.ts'
import { ProcessError } from '../process-result.ts'
import { DEFAULT_LIMITS } from '../processes.ts'
import { isKnownFilter } from './known-filter.ts'

const processes = openProcesses({ runId: `test-${process.pid}` })
const folder = mkdtempSync(join(tmpdir(), 'known-filter-'))

after(async () => {
  await processes.close()
  rmSync(folder, { recursive: true })
})

function isKnown(...argv: [string, ...string[]]): boolean {
  return isKnownFilter(command(argv))
}

/** What the command writes itself to a file that the test opened. */
async function written(path: string, ...argv: [string, ...string[]]): Promise<Buffer> {
  const fd = openSync(path, 'w+')
  try {
    const sink = { kind: 'file', fd, mayBeDirect: true } as const
    const source = command(['seq', '20000'])
    await (await processes.startPipeline([source, command(argv)], sink, { signal: new AbortController().signal, limits: DEFAULT_LIMITS })).done
    return readFileSync(path)
  } finally {
    closeSync(fd)
  }
}

describe('a filter that writes the file itself', () => {
  it('is cat or a compressor with options that only say how it compresses', () => {
    assert.ok(
      isKnown('cat') &&
        isKnown('/bin/gzip') &&
        isKnown('/usr/bin/zstd', '-T0') &&
        isKnown('xz', '-T0', '-9') &&
        isKnown('zstd', '-19', '--long=27', '-c', '-'),
    )
    assert.ok(command(['tr', 'a', 'b']).isFilter !== true && isKnownFilter({ ...command(['tr', 'a', 'b']), isFilter: true }))
  })

  it('is no other program, and none that may read or write other files, decompress, or run in the background', () => {
    for (const argv of [
      ['tee', '/tmp/x'],
      ['cat', '/etc/hosts'],
      ['cat', '-'],
      ['zstd', '-o', '/tmp/x'],
      ['gzip', '-d'],
      ['gzip', '-dc'],
      ['xz', '--decompress'],
      ['gzip', 'file'],
      ['zstd', '-D', 'dictionary'],
      ['gzipped'],
      ['sh', '-c', 'gzip'],
      ['gpg', '--encrypt'],
    ] as [string, ...string[]][])
      assert.ok(!isKnown(...argv), argv.join(' '))
  })

  it('is none that may end with another code than 0, which could hide a failed write', () => {
    assert.ok(!isKnownFilter({ ...command(['gzip']), accept: { min: 0, max: 1 } }))
    assert.ok(!isKnownFilter({ ...command(['gzip']), isFilter: true, accept: { min: 0, max: 1 } }))
  })

  it('writes the same as to a pipe', async () => {
    assert.deepEqual(await written(join(folder, 'same'), 'gzip', '-n'), execFileSync('sh', ['-c', 'seq 20000 | gzip -n | cat']))
  })

  it('fails if it cannot write', async () => {
    for (const argv of [['cat'], ['gzip', '-9'], ['xz', '-T0'], ['zstd', '-q']] as [string, ...string[]][]) {
      const error = await written('/dev/full', ...argv).catch((it: unknown) => it)
      assert.ok(error instanceof ProcessError && error.code === 'process/sink', `${argv.join(' ')}: ${String(error)}`)
    }
  })
})
