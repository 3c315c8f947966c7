import { messageOf } from '../../lib/errors.ts'
import type { Command } from '../../plan/command.ts'
import type { ObjectSpec } from '../../plan/plan.ts'
import type { MemberCounts } from '../../process/pipes/listed-members.ts'
import type { SampledMember } from '../../process/pipes/member-sample.ts'
import type { StageFacts } from '../../process/process-result.ts'
import type { PipelineCall, Processes } from '../../process/processes.ts'
import { lackingGrants } from '../facts/lacking-grants.ts'
import type { Coverage, LeftOut } from '../set/coverage.ts'
import type { ObjectRecord } from '../set/manifest.ts'

/** Facts about an object in addition to its bytes: the version of a server, the number of files. */
export type ObjectFacts = Readonly<Record<string, string | number>>

/** The answers of the probes of an object. */
export interface Answers {
  readonly facts: ObjectFacts
  readonly leftOut: readonly LeftOut[]
  readonly notes: readonly string[]
}

/** Runs the probes of an object, one after another. Rejects with the first failure: a server that does not answer the probe cannot be dumped. */
export async function runProbes({ probes = [] }: ObjectSpec, processes: Processes, call: PipelineCall): Promise<Answers> {
  const facts: Record<string, string> = {}
  const leftOut: LeftOut[] = []
  const notes: string[] = []
  for (const { name, command, lacks, needs, answers } of probes) {
    if (needs !== undefined) continue
    if (answers === 'notes') {
      notes.push(...(await linesOf(command, processes, call)))
      continue
    }
    if (lacks === undefined) {
      facts[name] = (await answerOf(command, processes, call)).trimStart().split('\n', 1)[0] ?? ''
      continue
    }
    try {
      const lines = await linesOf(command, processes, call)
      leftOut.push(...(answers === 'grants' ? lackingGrants(lines) : lines).map((what) => ({ what, reason: lacks })))
    } catch (error) {
      if (call.signal.aborted) throw error
      notes.push(`could not determine whether the dump contains everything: ${messageOf(error)}`)
    }
  }
  return { facts, leftOut, notes: [...notes, ...leftOut.map(lackNote)] }
}

/** What the user of a dump has no privilege to read, so that it would fail. Nothing if a server does not answer the question. */
export async function unreadableParts({ probes = [] }: ObjectSpec, processes: Processes, call: PipelineCall): Promise<readonly string[]> {
  const found: string[] = []
  for (const { command, needs, answers } of probes) {
    if (needs === undefined) continue
    try {
      const lines = await linesOf(command, processes, call)
      found.push(...(answers === 'grants' ? lackingGrants(lines) : lines))
    } catch (error) {
      if (call.signal.aborted) throw error
    }
  }
  return found
}

/** The message for something that a dump lacks. */
export function lackNote({ what, reason }: LeftOut): string {
  return `${what} ${reason === 'rights' ? 'may be missing: the user of the dump has no privilege to read them' : 'is not saved: it does not accept connections'}`
}

async function linesOf(...[command, processes, call]: Parameters<typeof answerOf>): Promise<readonly string[]> {
  return (await answerOf(command, processes, call)).split('\n').filter((line) => line.trim() !== '')
}

async function answerOf(command: Command, processes: Processes, call: PipelineCall): Promise<string> {
  const { output, done } = await processes.startPipeline([command], { kind: 'stream' }, call)
  const chunks = await output.toArray().catch(() => [])
  await done
  return Buffer.concat(chunks).toString('utf8')
}

/** Whether a dump is as its program makes it with the options of Holdfast. */
export function optionsOf(source: ObjectSpec['source']): ObjectFacts {
  if (source?.kind !== 'postgresql' && source?.kind !== 'mariadb') return {}
  return { options: source.hasOpts === true ? 'own' : 'default' }
}

/** The numbers counted by taps. */
export function countsOf(stages: readonly StageFacts[]): ObjectFacts {
  const entries = stages.flatMap(({ taps = [] }) => taps).find((tap) => typeof tap !== 'string')
  if (entries === undefined) return {}
  return { entries: typeof entries === 'number' ? entries : entries.lines }
}

/** The bytes of the regular files of an archive, the digest of its list, and the number of members with attributes, of a tap. */
export function membersCovered(stages: readonly StageFacts[]): Pick<Coverage, 'bytes' | 'members' | 'attributes'> {
  const members = membersIn(stages)
  // More is not exact, and not valid in a manifest: there are such sparse files.
  if (members === undefined) return {}
  const { bytes, digest, attributes } = members
  return {
    ...(Number.isSafeInteger(bytes) && { bytes }),
    ...(digest !== undefined && { members: digest }),
    ...(attributes !== undefined && { attributes }),
  }
}

/** Some of the files of an archive, of a tap. */
export function sampledMembers(stages: readonly StageFacts[]): readonly SampledMember[] {
  return membersIn(stages)?.sample ?? []
}

function membersIn(stages: readonly StageFacts[]): MemberCounts | undefined {
  return stages.flatMap(({ taps = [] }) => taps).find((tap) => typeof tap === 'object')
}

const NOTED_LINES = 3

/** The stderr of stages that ended with an accepted code other than 0, for example because a file changed while it was read. */
export function remarksOf(stages: readonly StageFacts[]): readonly string[] {
  return stages
    .filter(({ exitCode, stderrTail }) => exitCode !== undefined && exitCode !== 0 && stderrTail.trim() !== '')
    .map(({ program, exitCode, stderrTail }) => {
      const lines = stderrTail.trim().split('\n')
      const more = lines.length > NOTED_LINES ? ` (and ${lines.length - NOTED_LINES} more lines)` : ''
      return `"${program}" exited with code ${exitCode}: ${lines.slice(0, NOTED_LINES).join('; ')}${more}`
    })
}

/** The sizes of the compressed output for no input. */
const EMPTY_BYTES: ReadonlyMap<string, number> = new Map(Object.entries({ zstd: 13, gzip: 20, xz: 32, bzip2: 14, lz4: 15 }))

/** An object without data, although there are programs that should write some: often, a program fails without reporting it. */
export function emptyRemark({ stages }: Pick<ObjectSpec, 'stages'>, { bytes, sha256, filters }: EmptyCandidate): readonly string[] {
  // Without a storage that keeps objects, there is no digest.
  if (stages.length === 0 || sha256 === '') return []
  const [filter, ...others] = filters
  const emptyBytes = filter === undefined ? 0 : others.length === 0 ? EMPTY_BYTES.get(filter) : undefined
  return bytes === 0 || bytes === emptyBytes ? ['it is empty'] : []
}

type EmptyCandidate = Pick<ObjectRecord, 'bytes' | 'sha256' | 'filters'>
