import { settledWithin } from '../../lib/settled-within.ts'
import type { Issue } from '../../plan/issue.ts'
import type { BackupTarget, Plan } from '../../plan/plan.ts'
import { describeStorage } from '../../plan/steps/describe-step.ts'
import { setsOf } from '../../plan/steps/sets-of.ts'
import type { Host } from '../host/host.ts'
import { checkSecrets } from './check-secrets.ts'
import { checkOf, readTarget } from './read-target.ts'

const LIMIT_MS = 30_000

/**
 * Why no sets could be stored on this host now: each storage of a native plan is opened and read, once. Changes nothing, never rejects, and resolves even
 * if a mount or a server is down; its calls may then still wait. Missing secrets are left to `hostIssues`.
 */
export async function storageIssues(plan: Plan, host: Host): Promise<readonly Issue[]> {
  if (plan.dialect !== 'native') return []
  const targets = setsOf(plan).flatMap((it) => it.targets.filter(({ storage }) => storage.kind !== 'null'))
  const places = new Map(targets.map((target) => [target.name ?? JSON.stringify(target.storage), target]))
  const found = await Promise.all([...places.values()].map((target) => troublesOf(target, host)))
  const different = new Map(found.flat().map((it) => [it.message, it]))
  return [...different.values()].map((it) => ({ severity: 'error', file: plan.file, path: '', ...it }))
}

async function troublesOf(target: BackupTarget, host: Host): Promise<readonly Required<Pick<Issue, 'message' | 'hint'>>[]> {
  if ((await checkSecrets(target.storage, host)).length > 0) return []
  const look = readTarget(target, host)
  const late = [`${describeStorage(target.storage)}: timed out after ${LIMIT_MS / 1000} s`]
  const { problems, hint = '' } = (await settledWithin(LIMIT_MS, look)) ? await look : { problems: late }
  const testing = `Test the storage with "${checkOf(target)}". To check only the configuration and the host, use --without-storages.`
  return problems.map((message) => ({ message, hint: `${hint} ${testing}`.trim() }))
}
