import { posix } from 'node:path'
import type { FilesSource } from '../../plan/plan.ts'
import { unescapedName } from '../../process/archive/tar-escapes.ts'
import { mountsOf, readMountinfo } from '../../storage/root/mountinfo.ts'
import type { Coverage } from '../set/coverage.ts'

/** Counts the files that tar could not save as they were, by its messages. */
export interface TarWatch {
  /** The next piece of its stderr. */
  see(text: string): void
  /**
   * Whether all errors of tar are about files that their owners withhold, or about mounts that are not part of the archive, so that the archive is complete
   * except for them. Any user can cause such errors, and would otherwise prevent that the files of others are saved.
   */
  isComplete(): boolean
  end(): Pick<Coverage, 'changed' | 'skipped'>
}

// The locale of tar is C. It escapes line breaks in names, so the end of a line is never part of a name.
const CHANGED = /^tar: .*: (?:file changed as we read it|File shrank by \d+ bytes?; padding with zeros)$/u
const SKIPPED = /^tar: .*: (?:File removed before we read it|socket ignored|door ignored)$/u
const WARNING = /^tar: (?:.*: (?:Warning: .*|implausibly old time stamp .*|file is .*; not dumped)|Removing leading .*)$/u
// tar opens files without waiting, which fails while another program has a lease on them (fcntl(2), F_SETLEASE), as Samba has. A file may be replaced by a
// link, a socket or a folder after tar has examined it. Encrypted folders of ext4 need a key (fscrypt).
const WITHHELD =
  /^tar: (?<name>.*): Cannot (?:open: (?:Resource temporarily unavailable|Too many levels of symbolic links|Not a directory|No such device or address|Required key not available)|readlink: Invalid argument)$/u
const NO_STAT = /^tar: (?<name>.*): Cannot stat: /u
const END = 'tar: Exiting with failure status due to previous errors'

// Longer lines are messages about names of an extreme length.
const LONGEST_LINE = 1024 * 1024

export function watchTar({ paths, oneFileSystem }: Pick<FilesSource, 'paths' | 'oneFileSystem'>, mountinfo = readMountinfo): TarWatch {
  const counts = { changed: 0, skipped: 0 }
  const errors = { tolerable: 0, others: 0, isEnded: false }
  let rest = ''
  const isPart = (name: string) => paths.includes(posix.resolve('/', unescapedName(name) ?? name))
  // Root has no access to file systems in user space that other users have mounted. It is examined at once: they may be unmounted any time.
  const isOther = (name: string) => {
    const path = posix.resolve('/', unescapedName(name) ?? name)
    return mountsOf(mountinfo()).some((it) => it.mountPoint === path && (oneFileSystem !== false || /^fuse(?:\.|$)/u.test(it.fsType)))
  }
  const seeLine = (line: string) => {
    const withheld = WITHHELD.exec(line)?.groups?.['name']
    const unreachable = NO_STAT.exec(line)?.groups?.['name']
    if (CHANGED.test(line)) counts.changed += 1
    else if (SKIPPED.test(line)) counts.skipped += 1
    else if (withheld !== undefined && !isPart(withheld)) {
      counts.skipped += 1
      errors.tolerable += 1
    } else if (unreachable !== undefined && !isPart(unreachable) && isOther(unreachable)) errors.tolerable += 1
    else if (line === END) errors.isEnded = true
    else if (!WARNING.test(line)) errors.others += 1
  }
  return {
    see(text) {
      const lines = `${rest}${text}`.split('\n')
      rest = (lines.pop() ?? '').slice(-LONGEST_LINE)
      lines.forEach(seeLine)
    },
    isComplete: () => errors.tolerable > 0 && errors.others === 0 && errors.isEnded && rest === '',
    end: () => ({ ...(counts.changed > 0 && { changed: counts.changed }), ...(counts.skipped > 0 && { skipped: counts.skipped }) }),
  }
}
