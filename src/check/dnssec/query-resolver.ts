import type { DnssecCheck } from '../../plan/check.ts'
import type { CheckContext } from '../check-deps.ts'
import { queryProgram } from '../query-program.ts'
import { type DnsAnswer, parseDigAnswer } from './dig-answer.ts'

export interface Question {
  readonly name: string
  readonly type: string
  /** CD: invalid answers are returned, too, unchecked (RFC 4035, section 3.2.2). */
  readonly isUnchecked?: boolean
}

export type Reply = { readonly kind: 'answer'; readonly answer: DnsAnswer } | { readonly kind: 'silence'; readonly why: string }

/** Queries the resolver of a check. Each query is sent once. */
export interface Resolver {
  /** Its name in messages. */
  readonly label: string
  query(question: Question): Promise<Reply>
}

// Comments contain the status and the flags. Without +nosplit, keys and digests would be split by blanks, at positions that differ between versions.
const SHAPE = ['+noall', '+comments', '+answer', '+dnssec', '+nosplit', '+tries=2']

/** Queries a resolver with dig(1): one query, one retry, over TCP if the answer is too large. */
export function openResolver({ resolver, port, dig, timeoutMs }: DnssecCheck, context: CheckContext): Resolver {
  const server = resolver === undefined ? [] : [`@${resolver}`]
  const portOption = port === undefined ? [] : ['-p', String(port)]
  // Two tries must fit into the limit; dig counts whole seconds.
  const time = `+time=${Math.max(1, Math.min(5, Math.floor(timeoutMs / 4000)))}`
  const replies = new Map<string, Promise<Reply>>()
  const query = async ({ name, type, isUnchecked = false }: Question): Promise<Reply> => {
    const argv = [...dig.argv, ...server, ...portOption, ...SHAPE, time, isUnchecked ? '+cdflag' : '+nocdflag', '-t', type, '-q', absolute(name)]
    const [program = 'dig', ...rest] = argv
    const { stdout, stderr } = await queryProgram({ ...dig, argv: [program, ...rest] }, context)
    const answer = parseDigAnswer(stdout)
    return answer === undefined ? { kind: 'silence', why: whyNone(`${stdout}\n${stderr}`) } : { kind: 'answer', answer }
  }
  return {
    label: resolver === undefined ? 'the resolver of this host' : `the resolver "${resolver}"`,
    query(question) {
      const key = JSON.stringify([question.name, question.type, question.isUnchecked === true])
      const reply = replies.get(key) ?? query(question)
      replies.set(key, reply)
      return reply
    },
  }
}

// With a trailing dot, no search list is applied.
function absolute(name: string): string {
  return name.endsWith('.') ? name : `${name}.`
}

/** The last message of dig about a missing answer. */
function whyNone(text: string): string {
  const lines = text
    .split('\n')
    .map((line) => line.replace(/^;+\s*/u, '').trim())
    .filter((line) => line !== '' && !line.startsWith('<<>>'))
  return lines.at(-1) ?? 'no output'
}
