import { hostname } from 'node:os'
import { fingerprintOf, publicKeyOf, type SealedRecord } from '../../backup/evidence/evidence-record.ts'
import { closeFolderSync } from '../../files/folder.ts'
import { openTargetSync } from '../../files/open-by-path.ts'
import { replaceFileIn } from '../../files/write-small.ts'
import type { Journal } from '../../journal/journal.ts'
import { VERSION } from '../../lib/assets.ts'
import { DAY_MS } from '../../lib/durations.ts'
import { AppError, messageOf } from '../../lib/errors.ts'
import type { Plan } from '../../plan/plan.ts'
import { hostKey } from '../../process/identity/host-id.ts'
import type { Host } from '../host/host.ts'
import { openHostJournal } from '../host/host-journal.ts'
import { openEvidence } from '../host/open-evidence.ts'
import { hostSigningKey } from '../host/signing-key.ts'
import { stateFolder } from '../host/state-folder.ts'
import { openSetsToRead } from '../host/wire.ts'
import { requestedSets, type SetsRequest } from '../sets/sets-request.ts'
import { renderArchive } from './evidence-archive.ts'
import { renderPage } from './evidence-page.ts'
import { type FoundRecords, joinRecords, type Period, type RecordedHost, readTexts, recordsBeside } from './gather-records.ts'
import { type Summary, summarize } from './summarize-records.ts'

export interface EvidenceRequest extends SetsRequest {
  readonly period: Period
  /** The file of the archive. Absent: it is only checked. */
  readonly file: string | undefined
}

export interface EvidenceReport {
  readonly records: number
  readonly fingerprint: string
  /** Faults of the records themselves. */
  readonly faults: readonly string[]
  /** Storages whose records could not be read, or not all of them, each with the reason. */
  readonly unread: readonly string[]
}

/** The key of this host, which is made if there is none. */
export async function evidenceKey({ env, uid }: Host): Promise<{ readonly publicKey: string; readonly fingerprint: string }> {
  const publicKey = publicKeyOf(await hostSigningKey(stateFolder(env, uid)))
  return { publicKey, fingerprint: fingerprintOf(publicKey) }
}

/**
 * Gathers the records of a period from the journal and beside the sets, compares them, and writes them with a report into a signed archive. Faults are part of the
 * report. Rejects if the journal cannot be read, there is no key, or the file cannot be written.
 */
export async function exportEvidence({ file, ...request }: EvidenceRequest, host: Host): Promise<EvidenceReport> {
  host.signals.arm()
  const journal = openHostJournal(host)
  try {
    const { report, archive } = await gatherEvidence(request, { host, journal })
    if (file !== undefined) await write(file, await archive())
    return report
  } finally {
    await journal.close()
  }
}

export interface GatheredEvidence {
  readonly report: EvidenceReport
  /** The signed archive, with the report as a page. */
  archive(): Promise<Buffer>
}

/** The same, without writing it. */
export async function gatherEvidence(
  request: Omit<EvidenceRequest, 'file'>,
  { host, journal }: { readonly host: Host; readonly journal: Journal },
): Promise<GatheredEvidence> {
  const { period, plan } = request
  const key = await hostSigningKey(stateFolder(host.env, host.uid))
  const fingerprint = fingerprintOf(publicKeyOf(key))
  const own = await inJournal(journal, period)
  const keys = await openEvidence(journal, host).knownKeys()
  const { found, unread: unreadable } = await besideSets(request, { name: hostname(), id: hostKey(), keys }, host)
  const { records, unknown, faults, elsewhere } = joinRecords(own, found, period)
  const unread = [...unreadable, ...elsewhere]
  host.signals.stop.throwIfAborted()
  return {
    report: { records: records.length, fingerprint, faults, unread },
    async archive() {
      const now = host.clock()
      const summary = summarize([...(await recordsBefore(journal, period)), ...records], { plan, period, now })
      const circumstances = { host: hostname(), tool: `holdfast ${VERSION}`, period, now, fingerprint, records: records.length, faults, unread }
      return renderArchive({ page: renderPage({ ...summary, ...circumstances }), records, unknown, key, now })
    },
  }
}

/** The facts in the records of the journal for a period: reads no storage. */
export interface OwnEvidence {
  readonly summary: Summary
  readonly records: number
  /** Of the key of the newest record; undefined: there is none, or it is not signed. */
  readonly fingerprint: string | undefined
  /** Faults of the records themselves. */
  readonly faults: readonly string[]
}

/** Rejects if the journal cannot be read. */
export async function ownEvidence(
  { plan, period, now }: { readonly plan: Plan; readonly period: Period; readonly now: Date },
  journal: Journal,
): Promise<OwnEvidence> {
  const { records, faults } = joinRecords(await inJournal(journal, period), [], period)
  const key = records.at(-1)?.record.key
  return {
    summary: summarize([...(await recordsBefore(journal, period)), ...records], { plan, period, now }),
    ...{ records: records.length, fingerprint: typeof key === 'string' ? fingerprintOf(key) : undefined, faults },
  }
}

async function recordsBefore(journal: Journal, { from }: Period): Promise<readonly SealedRecord[]> {
  return (await inJournal(journal, { from: new Date(from.getTime() - BEFORE_MS), to: from })).records
}

// The last set before the period, and the last proven one, are looked for this far back.
const BEFORE_MS = 400 * DAY_MS

/** All records between the first and the last one of the period, by their numbers: a clock that was wrong leaves no gap. */
async function inJournal(journal: Journal, { from, to }: Period): Promise<FoundRecords> {
  const texts = await journal.evidence({ from, to })
  const numbers = readTexts('journal', texts.map(named)).records.map(({ record }) => record.number)
  if (numbers.length === 0) return readTexts('journal', texts.map(named))
  const [first, last] = [numbers.reduce((a, b) => Math.min(a, b)), numbers.reduce((a, b) => Math.max(a, b))]
  const between = await journal.evidence({ numbers: [first, last] })
  // A record whose number is unreadable counts as one of the period.
  return readTexts('journal', [...new Set([...texts, ...between])].map(named))
}

function named(text: string): readonly [string, string] {
  return [/"number": (?<number>\d+)/u.exec(text)?.groups?.['number'] ?? 'a record', text]
}

async function besideSets(
  request: Omit<EvidenceRequest, 'file'>,
  recorded: RecordedHost,
  host: Host,
): Promise<{ readonly found: readonly FoundRecords[]; readonly unread: readonly string[] }> {
  const { acceptRoot, trustRoot, period } = request
  const found: FoundRecords[] = []
  const unread: string[] = []
  for (const { target } of requestedSets(request).flatMap(({ targets }) => targets.map((target) => ({ target })))) {
    try {
      const { sets, close } = await openSetsToRead(target.storage, { ...host, acceptRoot, trustRoot })
      try {
        const hasPublications = target.storage.kind !== 'null' && target.storage.completeWhen === 'manifest'
        const isExchanged = target.storage.kind === 'localfs' && target.storage.exchangedDisks === true
        if (sets.keeps)
          found.push({ ...(await recordsBeside(sets, { period, host: recorded }, { signal: host.signals.stop })), hasPublications, isExchanged })
      } finally {
        await close()
      }
    } catch (error) {
      if (!(error instanceof AppError) || host.signals.stop.aborted) throw error
      unread.push(messageOf(error))
    }
  }
  return { found, unread }
}

async function write(file: string, bytes: Buffer): Promise<void> {
  const { folder, name } = openTargetSync(file)
  try {
    await replaceFileIn(folder, name, bytes, { isDurable: true })
  } finally {
    closeFolderSync(folder)
  }
}
