import { chmodSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, beforeEach } from 'node:test'
import { openProcesses } from '../../src/process/open-processes.ts'
import type { Processes } from '../../src/process/processes.ts'

/** Gives each test of a file a new, empty folder, and all of them the processes of one run; both are removed after the last one. */
export function withProcesses(name: string, use: (opened: { readonly folder: string; readonly processes: Processes }) => void): void {
  let top: string
  let processes: Processes
  let count = 0
  before(() => {
    top = mkdtempSync(join(tmpdir(), `${name}-`))
    // Some tests act as another user.
    chmodSync(top, 0o755)
    processes = openProcesses({ runId: `${name}-${process.pid}` })
  })
  beforeEach(() => {
    const folder = join(top, String(count++))
    mkdirSync(folder)
    use({ folder, processes })
  })
  after(async () => {
    await processes.close()
    rmSync(top, { recursive: true, force: true })
  })
}
