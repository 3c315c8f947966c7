import { readdirSync, readFileSync, readlinkSync } from 'node:fs'

export interface Found {
  readonly pid: number
  readonly text: string
}

/**
 * Living processes that have the word in their arguments, environment, working folder, executable or open files, ourselves left out. Dead ones that
 * nobody waited for do not count.
 */
export function processesWith(word: string): readonly Found[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/u.test(name) && Number(name) !== process.pid)
    .filter((pid) => state(pid) !== 'Z' && bears(pid, word))
    .map((pid) => ({ pid: Number(pid), text: `${pid} (${state(pid)}): ${read(`${pid}/cmdline`).replaceAll('\0', ' ').trim()}` }))
}

export function endThese(found: readonly Found[]): void {
  for (const { pid } of found) {
    try {
      process.kill(pid, 'SIGKILL')
    } catch {
      // It ended by itself.
    }
  }
}

function bears(pid: string, word: string): boolean {
  return read(`${pid}/cmdline`).includes(word) || read(`${pid}/environ`).includes(word) || links(pid).some((target) => target.includes(word))
}

function state(pid: string): string | undefined {
  const stat = read(`${pid}/stat`)
  return stat === '' ? 'Z' : stat[stat.lastIndexOf(')') + 2]
}

function read(path: string): string {
  try {
    return readFileSync(`/proc/${path}`, 'latin1')
  } catch {
    return ''
  }
}

function links(pid: string): readonly string[] {
  const fds = listing(`/proc/${pid}/fd`).map((fd) => `fd/${fd}`)
  return ['cwd', 'exe', ...fds].map((name) => {
    try {
      return readlinkSync(`/proc/${pid}/${name}`)
    } catch {
      return ''
    }
  })
}

function listing(folder: string): readonly string[] {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}
