import { resolve } from 'node:path'
import { namesIn } from '../../files/entries.ts'
import { closeFolder } from '../../files/folder.ts'
import { readWithProblems } from '../../files/trust/read-with-problems.ts'
import { correctingCommand, describeDistrust, ownTruster, type Truster } from '../../files/trust/trust.ts'
import { closeWalked, openWalkedFolder, type PathProblem, walkPath } from '../../files/trust/trusted-path.ts'
import { embeddedFile, SHARE } from '../../lib/assets.ts'
import type { Issue } from '../../plan/issue.ts'
import type { FileReader } from '../../plan/loading.ts'

/** The option that accepts files which other users could have written, for messages. */
export const ALLOW_UNSAFE = '--allow-unsafe-permissions'

/** Reads the files of a configuration, and collects the users who could have written them. */
export interface TrustedReader extends FileReader {
  read(path: string): Promise<Buffer>
  list(folder: string): Promise<readonly string[]>
  /** Checks a file that is read later, by Holdfast or by a program. A missing file is accepted. */
  check(path: string): Promise<void>
  /** All problems found so far, as errors, without duplicates. */
  issues(): readonly Issue[]
}

// Tens of thousands of objects.
const MAX_BYTES = 4 * 1024 * 1024

export function trustedReader(): TrustedReader {
  const who = configTruster()
  const found = new Map<string, PathProblem>()
  const note = (realPath: string, problems: readonly PathProblem[]) => {
    // Files that are part of the program are trusted like the program.
    if (!realPath.startsWith(`${SHARE}/`)) for (const it of problems) found.set(it.path, it)
  }
  const walk = async (path: string) => {
    if (embeddedFile(path) !== undefined) return path
    const walked = await walkPath(resolve(path), who)
    await closeWalked(walked)
    // Only regular files are read, regardless of their owner; the message does not suggest how to make a device safe.
    note(walked.realPath, walked.kind === 'file' ? walked.problems : walked.problems.filter((it) => it.path !== walked.realPath))
    return walked.realPath
  }
  return {
    resolve: walk,
    async read(path) {
      const embedded = embeddedFile(path)
      if (embedded !== undefined) return embedded
      const { content, realPath, problems } = await readWithProblems(resolve(path), who, { maxBytes: MAX_BYTES })
      note(realPath, problems)
      return content
    },
    async list(path) {
      const { folder } = await openWalkedFolder(resolve(path), who)
      try {
        return await namesIn(folder)
      } finally {
        await closeFolder(folder)
      }
    },
    async check(path) {
      await walk(path).catch(() => undefined)
    },
    issues: () => [...found.values()].map((it) => issueOf(it, who)),
  }
}

/** The accepted owners of a configuration and its secrets. The user who called sudo is not considered: the variable with that name can be set by anyone. */
export function configTruster(): Truster {
  const own = ownTruster()
  return own.uid === 0 ? { ...own, distrustsGroups: true } : own
}

function issueOf({ path, kind, distrust, facts }: PathProblem, who: Truster): Issue {
  const hint = `Run "${correctingCommand({ path, kind, facts }, who)}", or use ${ALLOW_UNSAFE}.`
  return { severity: 'error', file: path, path: '', message: `unsafe permissions: ${describeDistrust(path, distrust, facts)}`, hint }
}
