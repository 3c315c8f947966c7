import type { Folder } from '../../files/folder.ts'
import type { Command } from '../../plan/command.ts'
import { complaints, lineSplitter } from '../complaints.ts'
import { ArchiveError } from '../errors.ts'
import { type ArchiveWork, tool } from '../work.ts'
import { RECORD_FORMAT, recordReader, type ScanRecord } from './scan-records.ts'

export interface ScanCall {
  readonly onRecord: (record: ScanRecord) => void
  /** Called between records that came together; the next ones come when it resolves. */
  readonly settle: () => Promise<void>
}

/** A walk that goes on by itself, some way ahead of who reads it. */
export interface Walk {
  /** Reads it to the end, and notes what was omitted. To be called once. */
  read(call: ScanCall): Promise<void>
  /** Ends it where it was not read to its end. */
  stop(): Promise<void>
}

// What the source is called in the process that lists it, which gets it opened.
const OPENED = '/proc/self/fd/3'

// Some hundreds of thousands of entries: what is found while the list of the base is read.
const AHEAD_BYTES = 24 * 1024 * 1024

/**
 * Begins to walk through a folder, everything below it but not itself, each folder before what is in it, links not followed. By find(1): half a million entries
 * a second, in constant memory. What cannot be read or vanishes meanwhile is told and left out; a folder that cannot be entered hides what is in it.
 */
export async function startWalk(source: Folder, work: ArchiveWork): Promise<Walk> {
  const unreadable = complaints('unreadable entries', work.note)
  const lines = lineSplitter((line) =>
    unreadable.add(line.replace(/^find: /u, 'could not read ').replace(OPENED, source.path === '/' ? '' : source.path)),
  )
  const said: string[] = []
  let isRead = false
  const find = tool(['find', '-H', OPENED, '-mindepth', '1', '-printf', RECORD_FORMAT], { min: 0, max: 1 })
  const command: Command = { ...find, extras: [{ kind: 'open-file', fd: source.fd }] }
  const running = await work.processes.startPipeline(
    [command],
    { kind: 'stream', aheadBytes: AHEAD_BYTES },
    {
      signal: work.signal,
      limits: work.limits,
      // Nothing is told before there is something that it belongs to.
      onStderr: (_stage, text) => (isRead ? lines.push(text) : said.push(text)),
    },
  )
  const stop = async () => {
    running.output?.destroy()
    await running.done.catch(() => undefined)
  }
  return {
    stop,
    async read({ onRecord, settle }) {
      isRead = true
      for (const text of said) lines.push(text)
      const reader = recordReader(onRecord)
      try {
        for await (const chunk of running.output ?? []) {
          reader.push(chunk as Buffer)
          await settle()
        }
      } catch (error) {
        running.output?.destroy()
        await running.done
        throw error
      }
      const { stages } = await running.done
      lines.end()
      unreadable.end()
      if (!reader.isAtEnd) throw new ArchiveError('scan-failed', `the listing of "${source.path}" is truncated`)
      // Its code says that something was passed over, and it always says what.
      if (stages[0]?.exitCode !== 0 && unreadable.count === 0) throw new ArchiveError('scan-failed', `could not list "${source.path}" completely`)
    },
  }
}
