import { statfs } from 'node:fs/promises'
import { readSmall } from '../../files/read-small.ts'
import { messageOf, systemCode } from '../../lib/errors.ts'
import { printable } from '../../lib/format.ts'
import { settledWithin } from '../../lib/settled-within.ts'
import type { Plan } from '../../plan/plan.ts'
import { storagesOf } from '../../plan/steps/storages-of.ts'
import { isBelow, type Mount, mountsOf, readMountinfo } from '../../storage/root/mountinfo.ts'
import type { Diagnosis } from './diagnosis.ts'

/** Mounts of fstab(5) that are missing, and network file systems that do not respond. */
export async function examineMounts(plan: Plan | undefined): Promise<readonly Diagnosis[]> {
  const mounts = mountsOf(readMountinfo())
  const present = new Set(mounts.map(({ mountPoint }) => mountPoint))
  const roots = plan === undefined ? [] : [...storagesOf(plan).values()].flatMap((spec) => (spec.kind === 'localfs' ? [spec.root] : []))
  const fstab = await readFstab()
  const missing = mountPointsIn(fstab.text ?? '').filter((it) => !present.has(it))
  const found = missing.map((mountPoint): Diagnosis => {
    const stores = roots.some((root) => isBelow(root, mountPoint))
    const message = `"${printable(mountPoint)}" of /etc/fstab is not mounted${stores ? ', and sets are stored there' : ''}`
    return {
      area: 'mounts',
      state: stores ? 'error' : 'warning',
      message,
      hint: `Run "mount ${printable(mountPoint)}", or remove its line from /etc/fstab.`,
    }
  })
  const dead = await Promise.all(mounts.filter(isRemote).map(whyDead))
  const all = [...fstab.problem, ...found, ...dead.flat()]
  const message = fstab.text === undefined ? '/etc/fstab not found' : 'all file systems of /etc/fstab are mounted'
  return all.length > 0 ? all : [{ area: 'mounts', state: 'ok', message }]
}

interface Fstab {
  /** Undefined: there is none, or it could not be read. */
  readonly text?: string
  readonly problem: readonly Diagnosis[]
}

async function readFstab(): Promise<Fstab> {
  try {
    return { text: String(await readSmall('/etc/fstab')), problem: [] }
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return { problem: [] }
    const message = `could not read /etc/fstab: ${messageOf(error)}`
    return { problem: [{ area: 'mounts', state: 'warning', message, hint: 'Without it, missing mounts are not detected.' }] }
  }
}

/** Those that are mounted when the host starts. */
function mountPointsIn(fstab: string): readonly string[] {
  return fstab.split('\n').flatMap((line) => {
    const [source = '', path = '', type = '', options = ''] = line.trim().split(/\s+/u)
    if (source === '' || source.startsWith('#') || !path.startsWith('/') || type === 'swap' || options.split(',').includes('noauto')) return []
    const unescaped = path.replaceAll(/\\(?<digits>[0-7]{3})/gu, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 8)))
    return [unescaped === '/' ? unescaped : unescaped.replace(/\/+$/u, '')]
  })
}

function isRemote({ fsType }: Mount): boolean {
  return /^(?:nfs4?|cifs|smb3|ceph|9p|fuse\.(?:sshfs|rclone|glusterfs|s3fs))$/u.test(fsType)
}

const LIMIT_MS = 5000

async function whyDead({ mountPoint, source }: Mount): Promise<readonly Diagnosis[]> {
  const reading = statfs(mountPoint)
  const name = `"${printable(mountPoint)}" (${printable(source)})`
  const hint = 'Check its server and the network, or unmount it.'
  if (!(await settledWithin(LIMIT_MS, reading)))
    return [{ area: 'mounts', state: 'error', message: `no answer from the file system at ${name}`, hint }]
  return reading.then(
    () => [],
    (error: unknown) => [{ area: 'mounts', state: 'error', message: `could not read the file system at ${name}: ${messageOf(error)}`, hint }],
  )
}
