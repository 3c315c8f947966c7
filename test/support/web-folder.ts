import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort } from './free-port.ts'
import { SEARCHED_PATH } from './lacks.ts'
import { listens } from './listens.ts'
import { until } from './time-limits.ts'

export interface WebFolder {
  /** Without a slash at the end. */
  readonly url: string
  close(): Promise<void>
}

/** Serves a folder by Caddy, on the loopback. A process of its own: it answers while the test waits for a program. */
export async function serveFolder(folder: string): Promise<WebFolder> {
  const port = await freePort()
  const home = mkdtempSync(join(tmpdir(), 'caddy-'))
  const env = { PATH: SEARCHED_PATH, HOME: home, XDG_DATA_HOME: home, XDG_CONFIG_HOME: home }
  const child = spawn('caddy', ['file-server', '--listen', `127.0.0.1:${port}`, '--root', folder], { env, stdio: 'ignore' })
  await until(() => child.exitCode !== null || listens(port))
  if (child.exitCode !== null) throw new Error(`caddy ended with ${child.exitCode}`)
  return {
    url: `http://127.0.0.1:${port}`,
    async close() {
      child.kill()
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
      rmSync(home, { recursive: true, force: true })
    },
  }
}
