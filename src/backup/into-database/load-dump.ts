import type { Command } from '../../plan/command.ts'
import { quoteSecret } from '../../plan/secret.ts'
import { doorName, type Loading, loader } from './confined-loader.ts'
import { passwordFound } from './pgpass.ts'
import { openDoor } from './server-door.ts'

/** Calls `run`, which feeds a dump to the client; if confined, the client can access the server through a door that is open during the call. */
export async function loadThroughDoor<T>(
  { isConfined, ...loading }: Omit<Loading, 'door'> & { readonly isConfined: boolean },
  run: (client: Command) => Promise<T>,
): Promise<T> {
  if (!isConfined) return run(await loader(loading))
  const { server, facts } = loading
  const found =
    server.kind === 'postgresql' && loading.login.password === undefined ? await passwordFound(loading.login, facts, server.database) : undefined
  const login = found === undefined ? loading.login : { ...loading.login, password: quoteSecret(found, 'pgpass') }
  const door = await openDoor(facts.address, doorName(server.kind, facts))
  try {
    return await run(await loader({ ...loading, login, door }))
  } finally {
    await door.close()
  }
}
