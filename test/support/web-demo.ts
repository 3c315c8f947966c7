import { type ChildProcess, spawn } from 'node:child_process'
import { join } from 'node:path'
import { checkout } from '../palhm/place.ts'
import { freePort } from './free-port.ts'

export interface WebDemo {
  readonly url: string
  readonly password: string
  readonly process: ChildProcess
}

/** Starts the demonstration with this number of other hosts; its user is "demo". The caller ends it. */
export async function startDemo({ hosts, env = process.env }: { readonly hosts: number; readonly env?: NodeJS.ProcessEnv }): Promise<WebDemo> {
  const port = await freePort()
  const child = spawn(join(checkout, 'holdfast'), ['web', 'demo', '--hosts', String(hosts), '--port', String(port)], {
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let printed = ''
  for await (const chunk of child.stdout.iterator({ destroyOnReturn: false })) {
    printed += String(chunk)
    if (printed.includes('removed when')) break
  }
  child.stdout.resume()
  const password = /password "(?<password>[^"]+)"/u.exec(printed)?.groups?.['password']
  if (password === undefined) throw new Error(`the demonstration did not start: ${printed}`)
  return { url: `http://127.0.0.1:${port}`, password, process: child }
}
