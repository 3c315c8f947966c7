import { join } from 'node:path'
import { readSmall } from '../../files/read-small.ts'
import type { Command } from '../../plan/command.ts'
import { quoteSecret } from '../../plan/secret.ts'
import type { ServerLogin } from './database-server.ts'
import { type Loading, loader, socketName } from './loader.ts'
import type { ServerFacts } from './server-facts.ts'
import { openServerProxy } from './server-proxy.ts'

/** Calls `run`, which feeds a dump to the client; if confined, the client can access the server through a proxy that is open during the call. */
export async function loadThroughProxy<T>(
  { isConfined, ...loading }: Omit<Loading, 'proxy'> & { readonly isConfined: boolean },
  run: (client: Command) => Promise<T>,
): Promise<T> {
  if (!isConfined) return run(await loader(loading))
  const { server, facts } = loading
  const found =
    server.kind === 'postgresql' && loading.login.password === undefined ? await passwordFound(loading.login, facts, server.database) : undefined
  const login = found === undefined ? loading.login : { ...loading.login, password: quoteSecret(found, 'pgpass') }
  const proxy = await openServerProxy(facts.address, socketName(server.kind, facts))
  try {
    return await run(await loader({ ...loading, login, proxy }))
  } finally {
    await proxy.close()
  }
}

/**
 * The password that psql would find by itself (libpq, "The Password File"), so that the client that reads a dump receives only this line of the file.
 * Undefined if there is none.
 */
async function passwordFound({ environment }: ServerLogin, { address, user }: ServerFacts, database: string): Promise<string | undefined> {
  const path = environment['PGPASSFILE'] ?? (environment['HOME'] === undefined ? undefined : join(environment['HOME'], '.pgpass'))
  if (path === undefined) return undefined
  const text = await readSmall(path).then(
    (bytes) => bytes.toString('utf8'),
    () => '',
  )
  const host = address.kind === 'tcp' ? address.host : address.path.slice(0, address.path.lastIndexOf('/'))
  const port = address.kind === 'tcp' ? address.port : address.path.slice(address.path.lastIndexOf('.') + 1)
  // The name for a socket in its default folder.
  const hosts = address.kind === 'tcp' ? [host] : [host, 'localhost']
  return passwordIn(text, { hosts, port, database, user })
}

interface Wanted {
  readonly hosts: readonly string[]
  readonly port: string
  readonly database: string
  readonly user: string
}

function passwordIn(text: string, { hosts, port, database, user }: Wanted): string | undefined {
  for (const line of text.split('\n')) {
    if (line.startsWith('#')) continue
    const [its, itsPort, itsDatabase, itsUser, password] = fieldsOf(line)
    if (password === undefined || !(its === '*' || hosts.includes(its ?? ''))) continue
    if (fits(itsPort, port) && fits(itsDatabase, database) && fits(itsUser, user)) return password
  }
  return undefined
}

function fits(pattern: string | undefined, value: string): boolean {
  return pattern === '*' || pattern === value
}

/** The five fields of a line, with `\:` and `\\` unescaped; the last one extends to the end of the line. */
function fieldsOf(line: string): readonly string[] {
  const match = /^((?:\\.|[^\\:])*):((?:\\.|[^\\:])*):((?:\\.|[^\\:])*):((?:\\.|[^\\:])*):((?:\\.|[^\\:])*)/u.exec(line.replace(/\r$/u, ''))
  return (match ?? []).slice(1).map((field) => field.replaceAll(/\\(.)/gu, '$1'))
}
