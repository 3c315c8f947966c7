import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { userInfo } from 'node:os'
import { join } from 'node:path'
import { askTool } from '../process/ask-tool.ts'
import { ScheduleError } from './schedule-error.ts'

/** The crontab of one user of this host, through the program crontab(1). Texts are latin1: every byte is a character, and none is lost. */
export interface HostCrontab {
  readonly user: string
  /** An absent one is empty. Rejects with `schedule/no-crontab`. */
  read(): Promise<string>
  /** Installs the text and looks whether it is there. Rejects with `schedule/no-crontab`; then the old one is still there. */
  install(text: string): Promise<void>
}

/** `user` absent: who is logged in at the terminal, or root where nobody is. `folder`: for the file that is handed to crontab(1). */
export async function openHostCrontab(user: string | undefined, folder: string): Promise<HostCrontab> {
  const name = user ?? (await loginName()) ?? 'root'
  const whose = name === userInfo().username ? [] : ['-u', name]
  const read = async () => {
    const { exitCode, stdout, stderr } = await askTool(['crontab', ...whose, '-l'])
    if (exitCode === 0) return stdout
    if (exitCode === 1 && /no crontab for/u.test(stderr)) return ''
    throw failure(name, 'cannot be read', { exitCode, stderr })
  }
  return {
    user: name,
    read,
    async install(text) {
      const scratch = mkdtempSync(join(folder, 'holdfast-crontab-'))
      try {
        const file = join(scratch, 'crontab')
        writeFileSync(file, text, { encoding: 'latin1', mode: 0o600, flag: 'wx' })
        const { exitCode, stderr } = await askTool(['crontab', ...whose, file])
        if (exitCode !== 0) throw failure(name, 'was refused', { exitCode, stderr })
      } finally {
        rmSync(scratch, { recursive: true, force: true })
      }
      if ((await read()) !== text) throw failure(name, 'does not say what was written', { exitCode: 0, stderr: '' })
    },
  }
}

async function loginName(): Promise<string | undefined> {
  const { exitCode, stdout } = await askTool(['logname'])
  return exitCode === 0 && stdout.trim() !== '' ? stdout.trim() : undefined
}

function failure(
  user: string,
  what: string,
  { exitCode, stderr }: { readonly exitCode: number | undefined; readonly stderr: string },
): ScheduleError {
  const said = stderr.trim().split('\n').at(-1)
  const hint =
    exitCode === undefined
      ? 'Install the package "cron" (or "cronie"), which has the program crontab.'
      : 'Does the user exist, and may you change its crontab?'
  return new ScheduleError('no-crontab', `the crontab of "${user}" ${what}${said ? `: ${said}` : ''}`, { hint })
}
