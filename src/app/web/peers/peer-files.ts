import { dirname, join } from 'node:path'
import { openKristaFiles } from '../../../config/krista-files.ts'
import { isAbsent } from '../../../files/entries.ts'
import { closeFolderSync } from '../../../files/folder.ts'
import { openTargetSync } from '../../../files/open-by-path.ts'
import { readSmallSync } from '../../../files/read-small.ts'
import { replaceFileInSync } from '../../../files/write-small.ts'
import type { Plan } from '../../../plan/plan.ts'
import { stateFolder } from '../../host/state-folder.ts'
import type { WebHost } from '../web-host.ts'
import { PeerError } from './request-peer.ts'

/** The addresses of other instances, in `servers.yaml`, and their tokens, in a file that other users cannot read. */
export interface PeerFiles {
  read(): readonly { readonly url: string; readonly token?: string }[]
  add(url: string, token: string | undefined): void
  remove(url: string): void
}

/** KristaBackup's file is beside its configuration; otherwise the file is in the state folder. */
export async function openPeerFiles(host: WebHost, plan: Plan | undefined): Promise<PeerFiles> {
  const { readServers, renderServers } = await openKristaFiles()
  const state = stateFolder(host.env, host.uid)
  const serversFile = plan?.dialect === 'krista' ? join(dirname(plan.file), 'servers.yaml') : join(state, 'servers.yaml')
  const tokensFile = join(state, 'web', 'peer-tokens.json')
  const tokens = (): Readonly<Record<string, string>> => {
    const value: unknown = JSON.parse(textOf(tokensFile) || '{}')
    return Object.fromEntries(Object.entries(value ?? {}).flatMap(([url, token]) => (typeof token === 'string' ? [[url, token]] : [])))
  }
  const urls = () => {
    const { found, issues } = readServers(serversFile, Buffer.from(textOf(serversFile)))
    const error = issues.find(({ severity }) => severity === 'error')
    if (error) throw new PeerError('invalid', `${serversFile}: ${error.message}`, { hint: 'Correct the file.' })
    for (const { message } of issues) host.note(`${serversFile}: ${message}`)
    return found
  }
  const write = (wanted: readonly string[]) => replace(serversFile, renderServers(textOf(serversFile), wanted), 0o644)
  return {
    read: () => {
      const known = tokens()
      return urls().map((url) => ({ url, ...(Object.hasOwn(known, url) && { token: known[url] ?? '' }) }))
    },
    add(url, token) {
      if (token !== undefined) replace(tokensFile, JSON.stringify({ ...tokens(), [url]: token }), 0o600)
      write([...new Set([...urls(), url])])
    },
    remove(url) {
      write(urls().filter((it) => it !== url))
      const { [url]: _, ...rest } = tokens()
      replace(tokensFile, JSON.stringify(rest), 0o600)
    },
  }
}

function textOf(file: string): string {
  try {
    return readSmallSync(file).toString('utf8')
  } catch (error) {
    // An unreadable file must not be treated as empty: it would be replaced without its entries.
    if (isAbsent(error)) return ''
    throw error
  }
}

function replace(file: string, text: string, mode: number): void {
  const { folder, name } = openTargetSync(file)
  try {
    replaceFileInSync(folder, name, text, { mode, isDurable: true })
  } finally {
    closeFolderSync(folder)
  }
}
