import type { Account } from '../../accounts/account.ts'
import type { Actor } from '../../accounts/audit.ts'
import { addUser, changeUser, findUser, listUsers, type NewUser, removeUser, resetUser, type UserChange } from '../../accounts/users.ts'
import { loadPlan } from '../host/load-plan.ts'
import { importAccounts } from './import-accounts.ts'
import { openAccounts } from './open-web.ts'
import { findServer } from './server-lock.ts'
import type { WebHost } from './web-host.ts'

export type { AccountRole } from '../../accounts/account.ts'

/** The users of the web pages, for whom is on this host and needs no login. The caller closes it. */
export interface UserManager {
  list(): readonly Account[]
  find(name: string): Account | undefined
  add(user: NewUser): Promise<void>
  change(user: UserChange & { readonly name: string }): Promise<void>
  remove(name: string): Promise<void>
  /** A code by which a new password is chosen. */
  reset(name: string, totp: boolean): Promise<string>
  /** Where the pages are, as far as a server runs. */
  address(): Promise<string>
  close(): void
}

/** Works beside a running server, which sees at once what was changed. The users of an ancestor are taken over first. */
export async function manageUsers(host: WebHost): Promise<UserManager> {
  const accounts = openAccounts(host)
  const plan = await loadPlan(host.choice, host.env).catch(() => undefined)
  await importAccounts(accounts, plan, host)
  const actor: Actor = { who: host.env['SUDO_USER'] ?? host.env['USER'] ?? `uid ${host.uid}`, via: 'command-line', address: '' }
  return {
    list: () => listUsers(accounts, { limit: 10_000 }).rows,
    find: (name) => findUser(accounts, name),
    add: async (user) => void (await addUser(accounts, user, actor)),
    change: async (user) => void (await changeUser(accounts, user, actor)),
    remove: (name) => removeUser(accounts, name, actor),
    reset: async (name, totp) => (await resetUser(accounts, { name, totp }, actor)).link?.code ?? '',
    address: async () => (await findServer('pages', host))?.url ?? 'http://127.0.0.1:5555/',
    close: () => accounts.close(),
  }
}
