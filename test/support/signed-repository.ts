import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync } from 'node:fs'
import { buildRepositories } from '../../tools/packaging/build-repositories.ts'

export const REPOSITORY_KEY = 'packages@holdfast.invalid'

/** Makes the signed repositories of the folder `packages` in `target`, as `npm run build:repositories` does, by a key that is made in `home` first. */
export function signRepositories({ packages, target, home }: { readonly packages: string; readonly target: string; readonly home: string }): void {
  const before = process.env['GNUPGHOME']
  process.env['GNUPGHOME'] = home
  try {
    if (!existsSync(home)) {
      mkdirSync(home, { mode: 0o700 })
      execFileSync('gpg', ['--batch', '--quiet', '--passphrase', '', '--quick-generate-key', REPOSITORY_KEY, 'rsa2048', 'sign'], { stdio: 'ignore' })
    }
    buildRepositories({ packages, target, key: REPOSITORY_KEY })
  } finally {
    if (before === undefined) delete process.env['GNUPGHOME']
    else process.env['GNUPGHOME'] = before
  }
}
