import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, chownSync, mkdtempSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** An ordinary user whom every Linux has, and who has nothing to do with us. */
export const ATTACKER = { uid: 65534, gid: 65534 }

// Programs of the system alone: those of our own user are often in a folder that he alone may enter.
const AS = { cwd: '/', env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin' } } as const
const AS_ATTACKER = ['--reuid=65534', '--regid=65534', '--clear-groups', '--'] as const

/** What the attacker's shell printed; throws when it failed. Words after the script are `$1`, `$2` … */
export function asAttacker(script: string, ...words: readonly string[]): string {
  const { status, stdout, stderr } = spawnSync('setpriv', [...AS_ATTACKER, 'sh', '-euc', script, 'sh', ...words], { ...AS, encoding: 'utf8' })
  if (status !== 0) throw new Error(`the attacker's "${script}" ended with ${status}: ${stderr}`)
  return stdout
}

/** A fresh folder of the attacker that others may enter; it goes when the test ends. */
export function attackersFolder(t: { after(work: () => void): void }): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'holdfast-attack-')))
  chmodSync(folder, 0o755)
  chownSync(folder, ATTACKER.uid, ATTACKER.gid)
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

/** A process of the attacker that goes on until it is ended, by the test's end at the latest. */
export interface Attacking {
  /** Ends it and waits for its end. Gives the last line that it printed. */
  stop(): Promise<string>
}

/** Starts a program as the attacker, and waits for its first line: from then on it attacks. */
export async function attacking(t: { after(work: () => Promise<void>): void }, argv: readonly string[]): Promise<Attacking> {
  const child = spawn('setpriv', [...AS_ATTACKER, ...argv], { ...AS, stdio: ['ignore', 'pipe', 'pipe'] })
  const ended = once(child, 'close')
  const output = { stdout: '', stderr: '' }
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (text: string) => {
      output[name] += text
    })
  }
  const stop = async () => {
    child.kill('SIGTERM')
    await ended
    return output.stdout.trimEnd().split('\n').at(-1) ?? ''
  }
  t.after(async () => {
    await stop()
  })
  await firstLine(child, ended, output)
  return { stop }
}

async function firstLine(child: ChildProcess, ended: Promise<unknown>, output: { readonly stdout: string; readonly stderr: string }): Promise<void> {
  while (!output.stdout.includes('\n')) {
    if (child.exitCode !== null) throw new Error(`the attacker could not begin: ${output.stderr}`)
    if (child.stdout) await Promise.race([once(child.stdout, 'data'), ended])
  }
}

/**
 * The attacker exchanges `path` for a link to `target` and back, as fast as the kernel does it, in a folder where he may. Where nothing is
 * at `path` yet, he waits for it, which is how folders that the program makes are attacked. Its last line says how often.
 */
export function keepsSwapping(t: { after(work: () => Promise<void>): void }, path: string, target: string): Promise<Attacking> {
  return attacking(t, ['python3', '-c', SWAP, path, target])
}

// renameat2 with RENAME_EXCHANGE: at no instant is there nothing. The pauses let a victim get through now and then, whatever it is that he does.
const SWAP = `
import ctypes, os, random, signal, sys, time
path, target = sys.argv[1:]
link = path + '.swapped'
os.symlink(target, link)
rename = ctypes.CDLL(None, use_errno=True).renameat2
count, going = 0, True
def stop(*_):
    global going
    going = False
signal.signal(signal.SIGTERM, stop)
print('ready', flush=True)
while going:
    if rename(-100, path.encode(), -100, link.encode(), 2) == 0: count += 1
    if random.random() < 0.3: time.sleep(random.random() / 2000)
if count % 2: rename(-100, path.encode(), -100, link.encode(), 2)
print(count, flush=True)
`
