import { createHash } from 'node:crypto'
import { writeSync } from 'node:fs'
import { gzipSync } from 'node:zlib'
import { type Hold, putHold } from '../../../backup/keep/holds.ts'
import type { Manifest } from '../../../backup/set/manifest.ts'
import type { FileDraft } from '../../../backup/set/set-store.ts'
import { openSetStore } from '../../../backup/store/open-set-store.ts'
import { DAY_MS } from '../../../lib/durations.ts'
import type { OwnedTarget } from '../../../plan/steps/sets-of.ts'
import { openStorage } from '../../../storage/open-storage.ts'
import { openingDeps } from '../../host/wire.ts'
import type { WebHost } from '../web-host.ts'
import { demoDump } from './demo-config.ts'

/** Creates the sets that the last runs of a task have recorded, each with a small dump. */
export async function makeDemoSets({ task, step, target }: OwnedTarget, begins: readonly Date[], host: WebHost): Promise<void> {
  const storage = await openStorage(target.storage, openingDeps(host))
  try {
    const sets = openSetStore(storage, target.storage)
    const call = { signal: host.signals.stop }
    for (const [index, began] of begins.entries()) {
      const runId = `demo${index}`
      const draft = await sets.begin({ runId, task, began }, call)
      if (draft.kind !== 'files') throw new Error('the storages of the demonstration are folders')
      const objects = [await putDump(draft, index)]
      const facts = {
        host: 'demo',
        runId,
        task,
        step: step.name,
        began,
        ended: new Date(Math.min(began.getTime() + 240_000, host.clock().getTime())),
        objects,
      }
      const set = await sets.exclusively(call, () => draft.commit(began, facts, call))
      if (index === 0 && sets.sideFiles !== undefined) await putHold(sets.sideFiles, holdOf(set, host.clock()), call)
    }
  } finally {
    await storage.close()
  }
}

/** Of the oldest set, for a month. */
function holdOf(set: string, now: Date): Hold {
  const until = new Date(now.getTime() + 30 * DAY_MS).toISOString().replace(/T.*/u, 'T23:59:59.999Z')
  return { set, reason: 'The state before the shop was upgraded', until, host: 'demo', at: now.toISOString() }
}

async function putDump(draft: FileDraft, day: number): Promise<Manifest['objects'][number]> {
  const content = gzipSync(demoDump(day))
  const path = 'shop.sql.gz'
  const file = await draft.openFile(path, {})
  for (let done = 0; done < content.length; ) done += writeSync(file.fd, content, done)
  await file.flushAndClose()
  const sha256 = createHash('sha256').update(content).digest('hex')
  return { path, bytes: content.length, sha256, stages: [], filters: ['gzip'], kind: 'postgresql' }
}
