import assert from 'node:assert/strict'
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { debianRoot } from './debian-root.ts'

export interface OnlineRoot {
  readonly folder: string
  /** What a command prints, which has to succeed. */
  ok(...argv: readonly string[]): string
  /** The same of a script of the shell, which ends at the first command that fails. */
  script(text: string): string
  run(...argv: readonly string[]): { readonly status: number | null; readonly text: string }
  read(path: string): string
  write(path: string, text: string, mode?: number): void
}

/** A minimal Debian in a folder, removed with the test, that reaches the mirror and the loopback of this host. APT asks nothing there. */
export function onlineRoot(t: { after(work: () => void): void }, release: string): OnlineRoot {
  const root = debianRoot(release)
  t.after(() => root.remove())
  copyFileSync('/etc/resolv.conf', join(root.folder, 'etc/resolv.conf'))
  const run = (...argv: readonly string[]) => {
    const { status, stdout, stderr } = root.run(argv)
    return { status, text: stdout + stderr }
  }
  const ok = (...argv: readonly string[]) => {
    const { status, stdout, stderr } = root.run(argv)
    assert.equal(status, 0, `${argv.join(' ')}: ${stdout.slice(-2000)}${stderr.slice(-2000)}`)
    return stdout
  }
  const write = (path: string, text: string, mode = 0o644) => {
    mkdirSync(dirname(join(root.folder, path)), { recursive: true })
    writeFileSync(join(root.folder, path), text, { mode })
  }
  write('etc/apt/apt.conf.d/assume-yes', 'APT::Get::Assume-Yes "true";\nquiet "1";\n')
  return {
    folder: root.folder,
    ok,
    run,
    write,
    script: (text) => ok('sh', '-euc', text),
    read: (path) => readFileSync(join(root.folder, path), 'utf8'),
  }
}
