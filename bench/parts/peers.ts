import { join } from 'node:path'
import type { Contestant, Missing } from '../pairs/contestant.ts'
import type { Site } from '../pairs/site.ts'

/** A program with a repository, which it makes below a folder and fills by a first backup. */
export interface Peer {
  readonly name: string
  readonly programs: Readonly<Record<string, string>>
  readonly env: NonNullable<Contestant['env']>
  /** Makes an empty repository below the folder. */
  readonly init: (folder: string) => string
  readonly backup: (folder: string, paths: string) => string
}

/** The other backup programs, as Debian has them, without encryption where they allow it, with the compression that they use by default. */
export function peersOf(site: Site): readonly Peer[] {
  return [
    {
      name: 'restic backup',
      programs: { restic: 'restic' },
      env: resticEnvironment(site),
      init: (folder) => `restic -q -r ${folder}/restic init`,
      backup: (folder, paths) => `restic -q -r ${folder}/restic backup ${paths}`,
    },
    {
      name: 'borg create',
      programs: { borg: 'borgbackup' },
      env: { BORG_BASE_DIR: join(site.folder, 'borg'), BORG_UNKNOWN_UNENCRYPTED_REPO_ACCESS_IS_OK: 'yes', BORG_RELOCATED_REPO_ACCESS_IS_OK: 'yes' },
      init: (folder) => `borg init -e none ${folder}/borg`,
      backup: (folder, paths) => `borg create ${folder}/borg::{now:%s%f} ${paths}`,
    },
  ]
}

function resticEnvironment(site: Site): NonNullable<Contestant['env']> {
  return { RESTIC_PASSWORD: 'x', RESTIC_CACHE_DIR: join(site.folder, 'restic-cache') }
}

/** The peers as contestants that make a repository in `out` and a first backup of the paths, or the reasons why they cannot. */
export function firstBackups(site: Site, paths: string): readonly (Contestant | Missing)[] {
  return peersOf(site).map(
    (peer) =>
      site.missing(peer.name, peer.programs) ??
      site.shell(`${peer.name} (first)`, `${peer.init(site.out)} && ${peer.backup(site.out, paths)}`, peer.env),
  )
}
