import { basename, dirname, join, resolve } from 'node:path'
import { createFileIn, isAbsent, statIn, unlinkIn } from '../../files/entries.ts'
import { closeFolder, type Folder } from '../../files/folder.ts'
import { openExistingFolderSync, openOrMakeFolderSync } from '../../files/open-by-path.ts'
import { messageOf, systemCode } from '../../lib/errors.ts'
import { pause } from '../../lib/long-timer.ts'
import type { TicketStep } from '../../plan/steps/host-steps.ts'
import type { StepContext } from '../run-context.ts'
import { RunError } from '../run-error.ts'
import { hostTool, runHostProgram } from './host-program.ts'

const CYCLES = 12
const PAUSE_MS = 10_000

/**
 * Sets a ticket, which fails if it exists; removes it, even if it does not exist; or waits until it is removed, on this or another host, and fails if
 * it still exists at the end. Dry: only checks, once.
 */
export async function runTicket(step: TicketStep, context: StepContext): Promise<undefined> {
  const path = join(resolve(step.workingFolder ?? '.', step.folder), step.file)
  const { name = 'ticket', dry = false } = step
  const report = (text: string) => context.emit({ kind: 'step-told', step: name, text, isDetail: false })
  const call: TicketCall = { step, path, dry, report, context }
  switch (step.change) {
    case 'set':
      await set(call)
      break
    case 'unset':
      await unset(call)
      break
    case 'wait':
      await waitFor(call)
      break
    default:
      step.change satisfies never
  }
}

interface TicketCall {
  readonly step: TicketStep
  readonly path: string
  readonly dry: boolean
  readonly report: (text: string) => void
  readonly context: StepContext
}

async function set({ path, dry, report }: TicketCall): Promise<void> {
  if (dry) {
    if (await isHere(path)) throw taken(path)
    return report(`would set the ticket "${path}"`)
  }
  try {
    await within(openOrMakeFolderSync(dirname(path)), async (folder) => (await createFileIn(folder, basename(path), 0o777)).close())
  } catch (error) {
    if (systemCode(error) === 'EEXIST' && (await isHere(path))) throw taken(path)
    throw new RunError('ticket', `could not set the ticket "${path}": ${messageOf(error)}`, { cause: error })
  }
  report(`set the ticket "${path}"`)
}

function taken(path: string): RunError {
  return new RunError('ticket', `the ticket "${path}" already exists`, { hint: 'Another task is running, or ended without removing it.' })
}

async function unset({ path, dry, report }: TicketCall): Promise<void> {
  if (dry) return report((await isHere(path)) ? `would remove the ticket "${path}"` : `no ticket "${path}" found`)
  try {
    await within(openExistingFolderSync(dirname(path)), (folder) => unlinkIn(folder, basename(path)))
  } catch (error) {
    if (isAbsent(error)) return report(`removed the ticket "${path}"`)
    throw new RunError('ticket', `could not remove the ticket "${path}": ${messageOf(error)}`, { cause: error })
  }
  report(`removed the ticket "${path}"`)
}

async function waitFor(call: TicketCall): Promise<void> {
  const { step, path, dry, report, context } = call
  const { cycles = CYCLES, pauseMs = PAUSE_MS, host } = step
  const where = host === undefined ? `"${path}"` : `"${step.file}" in "${step.folder}" on "${host}"`
  const { signal } = context.deps.call
  for (let cycle = 0; cycle < (dry ? 1 : cycles); cycle++) {
    const isSet = host === undefined ? await isHere(path) : await ticketExists(host, call)
    if (!isSet) return report(`no ticket ${where} found`)
    report(`found the ticket ${where}`)
    if (dry) return
    await pause(pauseMs, signal).catch((error: unknown) => {
      throw new RunError('interrupted', 'stopped before completion', { cause: error })
    })
  }
  throw new RunError(
    'ticket',
    cycles === 0 ? `the ticket ${where} was not checked: the number of attempts is 0` : `timed out while waiting for the end of the ticket ${where}`,
    {
      hint: 'Check the other task, or wait longer.',
    },
  )
}

async function isHere(path: string): Promise<boolean> {
  try {
    return (await within(openExistingFolderSync(dirname(path)), (folder) => statIn(folder, basename(path)))) !== undefined
  } catch (error) {
    if (isAbsent(error)) return false
    throw new RunError('ticket', `could not check the ticket "${path}": ${messageOf(error)}`, { cause: error })
  }
}

async function within<T>(folder: Folder, work: (folder: Folder) => Promise<T>): Promise<T> {
  try {
    return await work(folder)
  } finally {
    await closeFolder(folder)
  }
}

const PARTIAL = 23

/** Checks with a listing of rsync (rsync(1), `--list-only`). A missing folder means that the ticket does not exist; any other failure is an error. */
async function ticketExists(host: string, { step, context }: TicketCall): Promise<boolean> {
  const { options = [], folder, file, environment, searchPath, workingFolder } = step
  const argv = [
    'rsync',
    ...options,
    '--list-only',
    '--dirs',
    `--include=/${literal(file)}`,
    '--exclude=*',
    '--',
    `${host}:${folder.replace(/\/*$/u, '/')}`,
  ] as const
  const command = {
    ...hostTool(argv),
    ...(environment && { environment }),
    ...(searchPath && { searchPath }),
    ...(workingFolder !== undefined && { workingFolder }),
  }
  let isFound = false
  const whyAccepted = ({ exitCode, stderrTail }: { readonly exitCode?: number; readonly stderrTail: string }) =>
    exitCode === PARTIAL && /No such file or directory/u.test(stderrTail) ? 'the folder is missing' : undefined
  const onLine = (line: string) => {
    if (/^[^d][rwxsStT-]{9}\S*\s/u.test(line)) isFound = true
  }
  await runHostProgram(command, { onLine, whyAccepted }, context)
  return isFound
}

// Escapes a text for a pattern of rsync; without wildcards, a backslash is literal.
function literal(name: string): string {
  return /[*?[]/u.test(name) ? name.replaceAll(/[*?[\]\\]/gu, '\\$&') : name
}
