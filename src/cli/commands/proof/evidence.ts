import { hostname } from 'node:os'
import { type EvidenceReport, evidenceKey, exportEvidence } from '../../../app/evidence/export-evidence.ts'
import type { Period } from '../../../app/evidence/gather-records.ts'
import { type Exit, exitOf, exitWith } from '../../../app/host/exit-codes.ts'
import { loadPlan } from '../../../app/host/load-plan.ts'
import { UsageError } from '../../../app/usage-error.ts'
import { DAY_MS } from '../../../lib/durations.ts'
import { counted, printable } from '../../../lib/format.ts'
import { hasFlag, type Invocation, rootChoices } from '../../args/options.ts'
import { storageOption } from '../../args/read-options.ts'
import type { CliHost } from '../../cli-host.ts'

/** `evidence [check|export|key]`. Exits with 1 if records are missing or were changed, with 3 if a storage could not be read. */
export async function evidenceCommand(invocation: Invocation, host: CliHost): Promise<Exit> {
  const [what = 'check'] = invocation.args
  const json = hasFlag(invocation, 'json')
  if (what === 'key') return printKey(host, json)
  if (what !== 'check' && what !== 'export')
    throw new UsageError(`unknown subcommand "${printable(what)}" of "evidence"`, {
      hint: 'Usage: evidence check, evidence export, or evidence key.',
    })
  const plan = await loadPlan(invocation.global, host.env)
  const period = periodOf(invocation, host.clock())
  const file = what === 'export' ? fileOf(invocation, period) : undefined
  const request = { plan, task: undefined, storage: storageOption(invocation), period, file, ...rootChoices(invocation) }
  const report = await exportEvidence(request, host)
  if (json) host.stdout.write(`${JSON.stringify({ ...report, ...(file !== undefined && { file }) })}\n`)
  else print(report, { file, quiet: invocation.global.quiet }, host)
  const isGood = report.faults.length === 0
  return isGood && report.unread.length > 0 ? exitWith('warnings') : exitOf(isGood, host.signals)
}

async function printKey(host: CliHost, json: boolean): Promise<Exit> {
  const { publicKey, fingerprint } = await evidenceKey(host)
  if (json) host.stdout.write(`${JSON.stringify({ publicKey, fingerprint })}\n`)
  else host.stdout.write(`${fingerprint}\n-----BEGIN PUBLIC KEY-----\n${publicKey}\n-----END PUBLIC KEY-----\n`)
  return exitWith('ok')
}

interface Printing {
  readonly file: string | undefined
  readonly quiet: boolean
}

function print({ records, fingerprint, faults, unread }: EvidenceReport, { file, quiet }: Printing, { stdout, stderr }: CliHost): void {
  for (const text of unread) stderr.write(`warning: records not read: ${printable(text)}\n`)
  for (const text of faults) stderr.write(`error: ${printable(text)}\n`)
  if (quiet) return
  const state = faults.length === 0 ? 'complete, and in order' : counted(faults.length, 'fault')
  stdout.write(`${counted(records, 'record')}: ${state}; key ${fingerprint}\n`)
  if (file !== undefined) stdout.write(`${printable(file)}: written\n`)
}

const DEFAULT_DAYS = 90

function periodOf({ options: { from, to } }: Invocation, now: Date): Period {
  const today = new Date(`${now.toISOString().slice(0, 10)}T00:00:00Z`)
  const last = typeof to === 'string' ? dayOf('--to', to) : today
  const first = typeof from === 'string' ? dayOf('--from', from) : new Date(last.getTime() - DEFAULT_DAYS * DAY_MS)
  if (first > last) throw new UsageError('the day of --from is after that of --to')
  return { from: first, to: new Date(last.getTime() + DAY_MS) }
}

function dayOf(option: string, text: string): Date {
  const day = new Date(`${text}T00:00:00.000Z`)
  // The 31st of a short month would be a day of the next one.
  if (!Number.isNaN(day.getTime()) && day.toISOString().startsWith(`${text}T`)) return day
  throw new UsageError(`invalid date "${printable(text)}" of ${option}`, { hint: 'Write a day, such as 2026-01-31.' })
}

function fileOf({ options: { out } }: Invocation, { from, to }: Period): string {
  if (typeof out === 'string') return out
  const days = [from, new Date(to.getTime() - 1)].map((it) => it.toISOString().slice(0, 10))
  return `holdfast-evidence-${hostname()}-${days.join('-')}.tar`
}
