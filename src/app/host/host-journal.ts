import { hostname } from 'node:os'
import { join } from 'node:path'
import type { Journal } from '../../journal/journal.ts'
import { openJournal } from '../../journal/open-journal.ts'
import type { LogLine, RunOrigin } from '../../journal/run-origin.ts'
import { VERSION } from '../../lib/assets.ts'
import { userEntry } from '../../lib/user/user-entry.ts'
import type { Plan } from '../../plan/plan.ts'
import { bootId } from '../../process/identity/host-id.ts'
import { pidNamespace } from '../../process/identity/proc-folder.ts'
import { identityOf, livenessOf } from '../../process/identity/process-identity.ts'
import { stagesOf, stderrTailOf } from '../../process/process-result.ts'
import { LEVEL, renderEvent } from '../../run/describe/describe-event.ts'
import { PLAIN } from '../../run/describe/paint.ts'
import { hintOf, renderFailure } from '../../run/describe/render-failure.ts'
import type { RunEvent } from '../../run/events.ts'
import { exitOfRun } from './exit-codes.ts'
import { type Host, JOB_USER_VARIABLE } from './host.ts'
import { stateFolder } from './state-folder.ts'

/** The journal of this host. Problems with it are notes. The caller closes it. */
export function openHostJournal({ env, uid, clock, note }: Pick<Host, 'env' | 'uid' | 'clock' | 'note'>): Journal {
  return openJournal(join(stateFolder(env, uid), 'journal.db'), {
    clock,
    note,
    observer: { host: hostname(), boot: bootId(), livenessOf: recordedLiveness },
  })
}

/** The data about a run of this process that is not part of its events. */
export function originOf({ file, dialect }: Plan, host: Host, strict: boolean): RunOrigin {
  let hasEnded = false
  return {
    config: file,
    dialect,
    tool: `holdfast ${VERSION}`,
    ...whoStarted(host),
    owner: { host: hostname(), ...identityOf(process.pid) },
    linesOf(event) {
      // The end is written again if a note follows it; it contains the result as reported.
      const isSaid = hasEnded && event.kind === 'run-ended'
      hasEnded ||= event.kind === 'run-ended'
      return isSaid ? [] : linesOf(event)
    },
    exitOf: (result) => exitOfRun(result, strict),
    causeOf: (error) => ({ hint: hintOf(error), stderr: stderrTailOf(error), stages: stagesOf(error) }),
  }
}

/** How this process was started, other than by the server of the pages. */
// systemd.exec(5): set for every process that a unit starts, including programs started from a terminal of a session.
export function starterOf({ isAtTerminal, env }: Host): Exclude<RunOrigin['startedBy'], 'web'> {
  if (isAtTerminal) return 'terminal'
  return env['INVOCATION_ID'] === undefined ? 'background' : 'systemd'
}

/** How this command was started, and by whom: the account of the pages, else the user who called sudo, else the user of the process. */
export function whoStarted(host: Host): Pick<RunOrigin, 'startedBy' | 'user'> {
  const account = host.env[JOB_USER_VARIABLE]
  if (account !== undefined) return { startedBy: 'web', user: account }
  return { startedBy: starterOf(host), user: host.env['SUDO_USER'] || userName(host) }
}

/** A user without an entry has a number only. */
export function userName({ uid }: Pick<Host, 'uid'>): string {
  return userEntry()?.username ?? String(uid)
}

/** The text of an event for users, with all details of a failure. */
function linesOf(event: RunEvent): readonly LogLine[] {
  const lines = renderEvent(event)
  if (event.kind !== 'run-ended' || event.result.error === undefined) return lines
  return [...lines, { level: LEVEL.ERROR, text: renderFailure(event.result.error, PLAIN, event.result.failedAt) }]
}

// Runs recorded by earlier versions, without a namespace, belong to this one.
function recordedLiveness(it: Parameters<typeof livenessOf>[0]) {
  return livenessOf({ pidNamespace: pidNamespace(), ...it })
}
