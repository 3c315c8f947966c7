import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before } from 'node:test'
import { openProcesses } from '../../src/process/open-processes.ts'
import type { Processes } from '../../src/process/processes.ts'

/** Gives the tests of a file a folder and the processes of a run, before the first of them, and removes both after the last one. */
export function withProcesses(name: string, use: (opened: { readonly top: string; readonly processes: Processes }) => void): void {
  let top: string
  let processes: Processes
  before(() => {
    top = mkdtempSync(join(tmpdir(), `${name}-`))
    processes = openProcesses({ runId: `${name}-${process.pid}` })
    use({ top, processes })
  })
  after(async () => {
    await processes.close()
    rmSync(top, { recursive: true, force: true })
  })
}
