import { makeLink } from '../../accounts/links.ts'
import { listUsers } from '../../accounts/users.ts'
import { openAccounts } from './open-web.ts'
import type { WebHost } from './web-host.ts'

/** A new code for creating the first account; undefined if an account exists. */
export async function renewSetup(host: WebHost): Promise<string | undefined> {
  const accounts = openAccounts(host)
  try {
    if (listUsers(accounts, { limit: 1 }).total > 0) return undefined
    return (await accounts.write((db) => makeLink(db, host.clock(), undefined))).code
  } finally {
    accounts.close()
  }
}
