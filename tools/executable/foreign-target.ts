import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'

export interface Target {
  /** As Node.js calls it: `x64`, `arm64`. */
  readonly arch: string
  /** The package of npm with the Node.js of that architecture, and how to start it here; without `start`, it is not started. */
  readonly nodePackage: string
  readonly start?: readonly [string, ...string[]]
}

/**
 * An architecture other than that of this machine. `emulator` is the command that starts its programs here: `qemu-aarch64 -L /srv/arm64`, where the folder
 * contains its C and C++ libraries; without it, the executable has no code cache, and starts more slowly.
 */
export async function foreignTarget(root: string, arch: string, emulator: string | undefined): Promise<Target> {
  const nodePackage = fetchNode(root, arch)
  const [program, ...words] = emulator?.split(' ').filter(Boolean) ?? []
  return { arch, nodePackage, ...(program !== undefined && { start: [program, ...words, join(nodePackage, 'bin/node')] }) }
}

interface Lock {
  readonly packages: Readonly<Record<string, { readonly version: string; readonly integrity: string }>>
}

/** The Node.js of the lock file for the architecture: installed, or downloaded by npm, and compared with the digest there. */
function fetchNode(root: string, arch: string): string {
  const name = `node-linux-${arch}`
  const { packages } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as Lock
  const locked = packages[`node_modules/${name}`]
  if (locked === undefined) throw new Error(`the lock file contains no Node.js for "${arch}"`)
  const cache = join(root, 'node_modules/.cache', `${name}-${locked.version}`)
  const folder = join(cache, name)
  if (existsSync(folder)) return folder
  mkdirSync(join(root, 'node_modules/.cache'), { recursive: true })
  const work = mkdtempSync(`${cache}.`)
  try {
    execFileSync('npm', ['pack', '--silent', `${name}@${locked.version}`], { cwd: work, stdio: ['ignore', 'ignore', 'inherit'] })
    const packed = join(work, `${name}-${locked.version}.tgz`)
    const digest = `sha512-${createHash('sha512').update(readFileSync(packed)).digest('base64')}`
    if (digest !== locked.integrity) throw new Error(`the digest of ${name} differs from that of the lock file`)
    execFileSync('tar', ['-xzf', packed, '--no-same-owner'], { cwd: work })
    rmSync(packed)
    renameSync(join(work, 'package'), join(work, name))
    renameSync(work, cache)
  } catch (error) {
    rmSync(work, { recursive: true, force: true })
    throw error
  }
  return folder
}
