import { type Exit, exitWith } from '../../../app/host/exit-codes.ts'
import { UsageError } from '../../../app/usage-error.ts'
import { manageUsers, type UserManager } from '../../../app/web/manage-users.ts'
import { printable } from '../../../lib/format.ts'
import { hasFlag, type Invocation } from '../../args/options.ts'
import { roleOption } from '../../args/read-options.ts'
import type { CliHost } from '../../cli-host.ts'
import { printUsers, reportKrista } from '../../render/print-users.ts'
import { readPassword } from '../../terminal/read-password.ts'

/** `web users list|add|upd|rm|reset`. */
export async function usersCommand(invocation: Invocation, cliHost: CliHost): Promise<Exit> {
  const [, word = 'list', name, email, password] = invocation.args
  const users = await manageUsers({ ...cliHost, choice: invocation.global })
  try {
    if (word === 'list') list(users, { invocation, cliHost })
    else if (name === undefined) throw new UsageError(`missing user of "web users ${word}"`, { hint: 'Usage: web users add NAME [ADDRESS].' })
    else if (word === 'rm') await remove(users, name, { invocation, cliHost })
    else if (word === 'reset') {
      const code = await users.reset(name, hasFlag(invocation, 'totp'))
      cliHost.stdout.write(`choose a password within an hour: ${await users.address()}reset#${code}\n`)
    } else if (word === 'add' || word === 'upd') await put(users, { word, name, email, password }, { invocation, cliHost })
    else throw new UsageError(`unknown subcommand "${word}" of "web users"`, { hint: 'Available subcommands: list, add, upd, rm, reset.' })
    return exitWith('ok')
  } finally {
    users.close()
  }
}

interface CommandContext {
  readonly invocation: Invocation
  readonly cliHost: CliHost
}

function isKrista({ invocation }: Pick<CommandContext, 'invocation'>): boolean {
  return /^krista/iu.test(invocation.global.invokedAs)
}

function list(users: UserManager, { invocation, cliHost }: CommandContext): void {
  if (!hasFlag(invocation, 'json')) printUsers(users.list(), isKrista({ invocation }), cliHost)
  else for (const user of users.list()) cliHost.stdout.write(`${JSON.stringify(user)}\n`)
}

async function remove(users: UserManager, name: string, { invocation, cliHost }: CommandContext): Promise<void> {
  if (!isKrista({ invocation })) return users.remove(name)
  // As in the ancestor, removing an unknown user is not an error.
  if (users.find(name) !== undefined) await users.remove(name)
  cliHost.stdout.write(`Удален пользователь  ${name}\n`)
}

interface UserArguments {
  readonly word: 'add' | 'upd'
  readonly name: string
  readonly email: string | undefined
  readonly password: string | undefined
}

async function put(
  users: UserManager,
  { word, name, email, password: typed }: UserArguments,
  { invocation, cliHost }: CommandContext,
): Promise<void> {
  const exists = users.find(name) !== undefined
  if (isKrista({ invocation }) && exists === (word === 'add')) {
    cliHost.stdout.write(word === 'add' ? 'Пользователь с данным username уже существует!\n' : 'Пользователь не найден.\n')
    return
  }
  if (typed !== undefined)
    cliHost.stderr.write('warning: the password on the command line can be read by other users of this host; omit it to be asked for it\n')
  const password = typed ?? (await readPassword(`password of ${printable(name)}: `, cliHost.stderr))
  if (password === undefined || password === '') throw new UsageError('missing password', { hint: 'Enter it when asked, or write it to stdin.' })
  const role = roleOption(invocation)
  if (word === 'add') await users.add({ name, email: email ?? '', role: role ?? 'viewer', password })
  else await users.change({ name, email, role, password })
  if (isKrista({ invocation })) reportKrista(word, { name, role, cliHost })
}
