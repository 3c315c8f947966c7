import { stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { unlinkIn } from '../../files/entries.ts'
import { closeFolder, type Folder } from '../../files/folder.ts'
import { correctingCommand, describeDistrust } from '../../files/trust/trust.ts'
import { openWalkedFolder } from '../../files/trust/trusted-path.ts'
import { KIND, OWN_ROOT, PROGRAM, RUNNING, VERSION } from '../../lib/assets.ts'
import { printable } from '../../lib/format.ts'
import { queryTool } from '../../process/tool/run-tool.ts'
import type { Host } from '../host/host.ts'
import { ALLOW_UNSAFE, configTruster } from '../host/trusted-reader.ts'
import { withLock } from '../host/with-lock.ts'
import { isOlder } from './is-older.ts'
import { openRelease } from './release-source.ts'
import { bringBack, previousName, putInPlace, removeOldDrafts, versionInPlace, writeDraft } from './replace-program.ts'
import { digestIn, releaseKeys, verifySignature } from './signature.ts'
import { UpgradeError } from './upgrade-error.ts'

export interface UpgradeRequest {
  /** A file, a folder, or a URL of one of them. */
  readonly place: string
  /** The file with the public keys. */
  readonly keyFile?: string
  readonly allowsOlder: boolean
  /** Everything is verified, and nothing is replaced. */
  readonly isDry: boolean
}

export interface Upgraded {
  readonly program: string
  readonly from: string
  readonly to: string
  /** Whether the program was that of the release before, so that nothing was replaced. */
  readonly isInPlace?: true
  /** Where the replaced program is. */
  readonly previous: string
}

/** Replaces this program by that of a signed release. A run in progress continues with the old one. */
export async function upgradeProgram({ place, keyFile, allowsOlder, isDry }: UpgradeRequest, host: Host): Promise<Upgraded> {
  await refuseManaged()
  const { env, signals } = host
  const keys = await releaseKeys(keyFile, host.allowsUnsafe === true)
  const release = await openRelease(place, { env, signal: signals.stop })
  const list = await release.read('SHA256SUMS')
  verifySignature(list, await release.read('SHA256SUMS.sig'), keys)
  const { name, sha256 } = digestIn(list.toString('utf8'), release.names)
  return inOwnFolder(host, async (folder) => {
    await removeOldDrafts(folder, host.clock())
    const inPlace = await versionInPlace(folder, PROGRAM, sha256)
    if (inPlace !== undefined) return { program: PROGRAM, from: VERSION, to: inPlace, isInPlace: true, previous: previousPath() }
    const mode = (await stat(PROGRAM)).mode & 0o7777
    const draft = await writeDraft(folder, await release.stream(name), { sha256, mode })
    try {
      if (!allowsOlder) refuseOlder(draft.version)
      if (!isDry) await putInPlace(folder, draft.name, PROGRAM)
    } finally {
      await unlinkIn(folder, draft.name).catch(() => undefined)
    }
    return { program: PROGRAM, from: VERSION, to: draft.version, previous: previousPath() }
  })
}

/** Exchanges this program and the one that it replaced. */
export async function rollBackProgram(host: Host): Promise<Upgraded> {
  await refuseManaged()
  return inOwnFolder(host, async (folder) => ({
    ...{ program: PROGRAM, from: VERSION, to: await bringBack(folder, PROGRAM), previous: previousPath() },
  }))
}

function previousPath(): string {
  return `${dirname(PROGRAM)}/${previousName(PROGRAM)}`
}

/** Rejects if this program is not one file that no package manager owns. */
async function refuseManaged(): Promise<void> {
  if (KIND === 'sources')
    throw new UpgradeError('not-replaceable', `"${printable(OWN_ROOT)}" is a checkout of the sources`, { hint: 'Run "git pull" and "npm ci" there.' })
  if (KIND === 'folder')
    throw new UpgradeError('not-replaceable', `"${printable(OWN_ROOT)}" is a folder, not one executable file`, {
      hint: 'Replace the folder; if npm installed it, run "npm install --global" with the new package.',
    })
  const path = RUNNING
  if ((await queryTool(['dpkg', '-S', path])).exitCode === 0)
    throw new UpgradeError('not-replaceable', `"${printable(path)}" belongs to a Debian package`, {
      hint: 'Run "apt-get update && apt-get install --only-upgrade holdfast", or "apt-get install ./FILE.deb".',
    })
  if ((await queryTool(['rpm', '-qf', path])).exitCode === 0)
    throw new UpgradeError('not-replaceable', `"${printable(path)}" belongs to an RPM package`, {
      hint: 'Run "dnf upgrade holdfast", or "dnf install ./FILE.rpm".',
    })
  if (KIND === 'package')
    throw new UpgradeError('not-replaceable', `"${printable(path)}" is part of a package`, { hint: 'Upgrade it with the package manager.' })
}

/** In a folder that others can write to, they could exchange the files. One upgrade at a time: a second one would keep the program of the first. */
async function inOwnFolder<T>(host: Host, work: (folder: Folder) => Promise<T>): Promise<T> {
  const who = configTruster()
  const { folder, problems } = await openWalkedFolder(dirname(PROGRAM), who)
  try {
    const [problem] = problems
    if (problem !== undefined && host.allowsUnsafe !== true)
      throw new UpgradeError('not-replaceable', `unsafe permissions: ${describeDistrust(problem.path, problem.distrust, problem.facts)}`, {
        hint: `Run "${problems.map((it) => correctingCommand(it, who)).join(' && ')}", or use ${ALLOW_UNSAFE}.`,
      })
    return await withLock('upgrade', host, () => work(folder))
  } finally {
    await closeFolder(folder)
  }
}

function refuseOlder(version: string): void {
  if (!isOlder(version, VERSION)) return
  throw new UpgradeError('older', `the release ${printable(version)} is older than ${VERSION}`, {
    hint: 'Use --allow-older to install it anyway; to return to the program before the last upgrade, use --rollback.',
  })
}
