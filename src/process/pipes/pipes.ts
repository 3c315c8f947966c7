import { closeSync, constants, fstatSync } from 'node:fs'
import { openFileInSync, unlinkInSync } from '../../files/entries.ts'
import type { Folder } from '../../files/folder.ts'
import { makePrivateFolder } from '../../files/private-folder.ts'
import { systemCode } from '../../lib/errors.ts'
import { nullDeviceRefusal } from '../null-device.ts'
import { ProcessError } from '../process-result.ts'
import { shortageOf } from '../resource-shortage.ts'
import { runTool } from '../tool/run-tool.ts'
import { borrowedPipes } from './borrowed-pipes.ts'
import { fifoFolders, fifoPrefix } from './fifo-folders.ts'
import { closePipe, openEnds, type Pipe } from './pipe-ends.ts'

/** Creates pipes for one run; some are created in advance. */
export interface Pipes {
  take(count: number): Promise<readonly Pipe[]>
  close(): void
}

/** Starting mkfifo takes as long as creating this number of pipes: few for a small run, more each time those are used up. */
const FIRST_BATCH = 8
const LAST_BATCH = 64

/**
 * Node cannot call pipe(2). A FIFO in a private folder that is opened and then unlinked is equivalent (fifo(7)). If no folder is writable, anonymous
 * pipes are taken from helper processes through `/proc/PID/fd`.
 */
export function openPipes(runId: string): Pipes {
  let ready: Pipe[] = []
  let making: Promise<unknown> = Promise.resolve()
  let batch = FIRST_BATCH
  const refill = async (count: number) => {
    if (ready.length >= count) return
    ready.push(...(await makePipes(runId, { needed: count - ready.length, batch })))
    batch = Math.min(2 * batch, LAST_BATCH)
  }
  return {
    async take(count) {
      // One call at a time, so that the same pipes are not assigned twice.
      const taken = making.then(async () => {
        await refill(count)
        return ready.splice(0, count)
      })
      making = taken.catch(() => undefined)
      return await taken
    },
    close() {
      for (const pipe of ready) closePipe(pipe)
      ready = []
    },
  }
}

/** If a batch exceeds the limit of open files, only the required number is created. */
async function makePipes(runId: string, { needed, batch }: { readonly needed: number; readonly batch: number }): Promise<readonly Pipe[]> {
  try {
    return await makeSome(runId, Math.max(batch, needed))
  } catch (error) {
    if (needed >= batch || !isShortage(error)) throw refusal(error)
  }
  try {
    return await makeSome(runId, needed)
  } catch (error) {
    throw refusal(error)
  }
}

async function makeSome(runId: string, count: number): Promise<readonly Pipe[]> {
  for (const base of fifoFolders()) {
    try {
      return await fifosIn(base, { runId, count })
    } catch (error) {
      // Another folder would not help.
      if (isShortage(error)) throw error
    }
  }
  return await borrowedPipes(count)
}

function isShortage(error: unknown): boolean {
  return shortageOf(systemCode(error)) !== undefined
}

function refusal(error: unknown): unknown {
  const why = shortageOf(systemCode(error)) ?? nullDeviceRefusal()
  return why ? new ProcessError('not-started', `could not create pipes: ${why.what}`, { cause: error, hint: why.hint }) : error
}

async function fifosIn(base: string, { runId, count }: { readonly runId: string; readonly count: number }): Promise<readonly Pipe[]> {
  const place = makePrivateFolder(base, fifoPrefix(runId))
  const names = Array.from({ length: count }, (_, index) => String(index))
  const made: Pipe[] = []
  try {
    // The program accesses the folder by its descriptor.
    const { exitCode, refusal: code } = await runTool(
      ['mkfifo', '-m', '600', '--', ...names.map((name) => `/proc/self/fd/3/${name}`)],
      [place.folder.fd],
    )
    if (exitCode !== 0) throw Object.assign(new Error('mkfifo failed'), { code })
    for (const name of names) made.push(openFifo(place.folder, name))
    return made
  } catch (error) {
    for (const pipe of made) closePipe(pipe)
    throw error
  } finally {
    // A failure to remove the folder must not hide the reason for missing pipes.
    await place.remove().catch(() => undefined)
  }
}

function openFifo(folder: Folder, name: string): Pipe {
  // Opened read-write first: then there is a reader and a writer, and the other calls do not wait for a partner.
  const anchor = openFileInSync(folder, name, { flags: constants.O_RDWR })
  try {
    const stat = fstatSync(anchor)
    if (!stat.isFIFO() || stat.uid !== process.geteuid?.()) throw new Error(`"${folder.path}/${name}" is not the FIFO that was created`)
    unlinkInSync(folder, name)
    return openEnds(anchor)
  } finally {
    closeSync(anchor)
  }
}
