import type { Account } from '../../accounts/account.ts'
import type { Actor } from '../../accounts/audit.ts'
import { addUser, changeUser, findUser, listUsers, type NewUser, removeUser, resetUser, type UserChange } from '../../accounts/users.ts'
import { loadPlan } from '../host/load-plan.ts'
import { importAccounts } from './import-accounts.ts'
import { openAccounts } from './open-web.ts'
import { findServer } from './server-lock.ts'
import type { WebHost } from './web-host.ts'

export type { AccountRole } from '../../accounts/account.ts'

/** Manages the users of the web pages from this host, without a login. The caller closes it. */
export interface UserManager {
  list(): readonly Account[]
  find(name: string): Account | undefined
  add(user: NewUser): Promise<void>
  change(user: UserChange & { readonly name: string }): Promise<void>
  remove(name: string): Promise<void>
  /** A code for choosing a new password. */
  reset(name: string, totp: boolean): Promise<string>
  /** The address of the pages, if a server is running. */
  address(): Promise<string>
  close(): void
}

/** Can be used while a server is running, which applies the changes immediately. The users of an ancestor are imported first. */
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
