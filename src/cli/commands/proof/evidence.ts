import { hostname } from 'node:os'
import { archiveNameOf, evidencePeriod } from '../../../app/evidence/evidence-period.ts'
import { type EvidenceReport, evidenceKey, exportEvidence } from '../../../app/evidence/export-evidence.ts'
import type { Period } from '../../../app/evidence/gather-records.ts'
import { type Exit, exitOf, exitWith } from '../../../app/host/exit-codes.ts'
import { loadPlan } from '../../../app/host/load-plan.ts'
import { UsageError } from '../../../app/usage-error.ts'
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

function periodOf({ options: { from, to } }: Invocation, now: Date): Period {
  const text = (value: unknown) => (typeof value === 'string' ? value : undefined)
  return evidencePeriod({ from: text(from), to: text(to), now }, { from: '--from', to: '--to' })
}

function fileOf({ options: { out } }: Invocation, period: Period): string {
  return typeof out === 'string' ? out : archiveNameOf(hostname(), period)
}
