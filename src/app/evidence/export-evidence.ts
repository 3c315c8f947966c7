import { hostname } from 'node:os'
import { fingerprintOf, publicKeyOf } from '../../backup/evidence/evidence-record.ts'
import { closeFolderSync } from '../../files/folder.ts'
import { openTargetSync } from '../../files/open-by-path.ts'
import { replaceFileIn } from '../../files/write-small.ts'
import type { Journal } from '../../journal/journal.ts'
import { VERSION } from '../../lib/assets.ts'
import { DAY_MS } from '../../lib/durations.ts'
import { AppError, messageOf } from '../../lib/errors.ts'
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
import { summarize } from './summarize.ts'

export interface EvidenceRequest extends SetsRequest {
  readonly period: Period
  /** The file of the archive. Absent: it is only checked. */
  readonly file: string | undefined
}

export interface EvidenceReport {
  readonly records: number
  readonly fingerprint: string
  /** What is wrong with the records themselves. */
  readonly faults: readonly string[]
  /** Storages whose records could not be read, each with the reason. */
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
export async function exportEvidence(request: EvidenceRequest, host: Host): Promise<EvidenceReport> {
  const { period, plan, file } = request
  host.signals.arm()
  const key = await hostSigningKey(stateFolder(host.env, host.uid))
  const fingerprint = fingerprintOf(publicKeyOf(key))
  const journal = openHostJournal(host)
  try {
    const own = await inJournal(journal, period)
    const keys = await openEvidence(journal, host).knownKeys()
    const { found, unread } = await besideSets(request, { name: hostname(), id: hostKey(), keys }, host)
    const { records, unknown, faults } = joinRecords(own, found, period)
    host.signals.stop.throwIfAborted()
    if (file !== undefined) {
      const now = host.clock()
      const before = await inJournal(journal, { from: new Date(period.from.getTime() - BEFORE_MS), to: period.from })
      const summary = summarize([...before.records, ...records], { plan, period, now })
      const page = renderPage({
        ...summary,
        host: hostname(),
        tool: `holdfast ${VERSION}`,
        period,
        now,
        fingerprint,
        records: records.length,
        faults,
        unread,
      })
      await write(file, renderArchive({ page, records, unknown, key, now }))
    }
    return { records: records.length, fingerprint, faults, unread }
  } finally {
    await journal.close()
  }
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
  // One whose number cannot be read any more is among those of the period.
  return readTexts('journal', [...new Set([...texts, ...between])].map(named))
}

function named(text: string): readonly [string, string] {
  return [/"number": (?<number>\d+)/u.exec(text)?.groups?.['number'] ?? 'a record', text]
}

async function besideSets(
  request: EvidenceRequest,
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
        if (sets.keeps) found.push({ ...(await recordsBeside(sets, { period, host: recorded }, { signal: host.signals.stop })), hasPublications })
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
