import type { AccountRole, UserManager } from '../../app/web/manage-users.ts'
import { printable } from '../../lib/format.ts'
import type { CliHost } from '../cli-host.ts'
import { renderTable } from '../terminal/table.ts'

type Account = ReturnType<UserManager['list']>[number]

/** Accounts as a table, or in the output format of KristaBackup. */
export function printUsers(all: readonly Account[], isKrista: boolean, { stdout }: CliHost): void {
  if (isKrista) {
    // The output format of the ancestor: programs parse these lines.
    for (const { name, role, email } of all)
      stdout.write(`[*] Пользователь: ${name.padStart(8)}, администратор: ${(role === 'admin' ? 'True' : 'False').padStart(5)}, почта: ${email}\n`)
    return
  }
  const rows = all.map(({ name, role, email, isEnabled, hasTotp, lastLogin }) => [
    printable(name),
    role,
    printable(email),
    isEnabled ? 'yes' : 'no',
    hasTotp ? 'yes' : 'no',
    lastLogin?.slice(0, 19) ?? 'never',
  ])
  stdout.write(all.length === 0 ? 'no users\n' : renderTable([['USER', 'ROLE', 'ADDRESS', 'ENABLED', '2FA', 'LAST LOGIN'], ...rows], { right: [] }))
}

/** As KristaBackup reports an account that was added or changed. */
export function reportKrista(
  word: 'add' | 'upd',
  { name, role, cliHost }: { readonly name: string; readonly role: AccountRole | undefined; readonly cliHost: CliHost },
): void {
  if (word === 'add') cliHost.stdout.write(`Добавлен пользователь ${name}\n`)
  else if (role === 'admin') cliHost.stdout.write('Пользователю даны права администратора.\n')
  else if (role === 'viewer') cliHost.stdout.write('Права пользователя упразднены.\n')
}
