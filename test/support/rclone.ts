import { existsSync } from 'node:fs'
import { parseRemote, type RcloneStorageSpec } from '../../src/plan/storages/rclone-storage.ts'
import { unlessCi } from './lacks.ts'
import type { Sshd } from './sshd.ts'

/** Why rclone cannot be used here, for `skip`; false where it can. */
export const noRclone: string | false = unlessCi(!existsSync('/usr/bin/rclone') && 'rclone is not installed')

/** A storage on a remote as rclone writes it, with no configuration file of anybody. */
export function rcloneSpec(
  remote: string,
  changes: Partial<RcloneStorageSpec> & { readonly values?: Readonly<Record<string, string>> } = {},
): RcloneStorageSpec {
  const { values, ...rest } = changes
  return {
    kind: 'rclone',
    ...parseRemote(remote),
    program: {
      argv: ['rclone'],
      environment: { kind: 'exactly', values: { PATH: '/usr/bin:/bin', HOME: '/nowhere', RCLONE_CONFIG: '/nowhere/rclone.conf', ...values } },
      searchPath: ['/usr/bin'],
      accept: { min: 0, max: 0 },
      showStdout: 'never',
      showStderr: 'never',
    },
    obscured: {},
    stallMs: 60_000,
    completeWhen: 'manifest',
    ...rest,
  }
}

/** A root on that server, written as one word. */
export function sftpRemote({ port, user, keyFile, knownHosts }: Sshd, root: string): string {
  return `:sftp,host=127.0.0.1,port=${port},user=${user},key_file=${keyFile},known_hosts_file=${knownHosts}:${root}`
}
