import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { holdSignals } from '../../src/app/host/held-signals.ts'
import type { WebHost } from '../../src/app/web/web-host.ts'

/** A host with a state folder and a configuration of its own, for the use cases of the web server without the server. */
export function openWebHost(t: TestContext, render: (folder: string) => string): { readonly folder: string; readonly host: WebHost } {
  const folder = mkdtempSync(join(tmpdir(), 'web-host-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  mkdirSync(join(folder, 'state'), { mode: 0o700 })
  const file = join(folder, 'holdfast.yaml')
  writeFileSync(file, render(folder), { mode: 0o600 })
  const nothing = () => undefined
  return {
    folder,
    host: {
      env: { ...process.env, HOLDFAST_STATE: join(folder, 'state') },
      uid: process.getuid?.() ?? 0,
      clock: () => new Date(),
      signals: holdSignals(() => nothing),
      isAtTerminal: false,
      ...{ fail: nothing, note: nothing, print: nothing },
      choice: { invokedAs: 'holdfast', file },
    },
  }
}
