import { dirname, join } from 'node:path'
import { importUsers } from '../../accounts/import-users.ts'
import type { Store } from '../../accounts/store.ts'
import { openKristaFiles } from '../../config/krista-files.ts'
import { isAbsent } from '../../files/entries.ts'
import { readWithProblems } from '../../files/trust/read-with-problems.ts'
import { messageOf } from '../../lib/errors.ts'
import type { Plan } from '../../plan/plan.ts'
import { configTruster } from '../host/trusted-reader.ts'
import type { WebHost } from './web-host.ts'

/**
 * Imports the users of KristaBackup's `users.yaml` beside its configuration. A file that other users can write is not read, because it can create
 * administrators.
 */
export async function importAccounts(
  accounts: Store,
  plan: Plan | undefined,
  { note, allowsUnsafe }: Pick<WebHost, 'note' | 'allowsUnsafe'>,
): Promise<void> {
  if (plan?.dialect !== 'krista') return
  const file = join(dirname(plan.file), 'users.yaml')
  try {
    const { content, problems } = await readWithProblems(file, configTruster())
    if (problems.length > 0 && allowsUnsafe !== true) {
      note(`"${file}" was not read: other users can write to it`)
      return
    }
    const { found, issues } = (await openKristaFiles()).readUsers(file, content)
    for (const { message } of issues) note(`${file}: ${message}`)
    const count = await importUsers(accounts, found)
    if (count > 0) note(`${count} users were imported from "${file}"`)
  } catch (error) {
    if (!isAbsent(error)) note(`could not read "${file}": ${messageOf(error)}`)
  }
}
