import { openProcesses } from '../../src/process/open-processes.ts'
import { DEFAULT_LIMITS } from '../../src/process/processes.ts'
import type { Message } from '../../src/report/message.ts'
import type { SendDeps } from '../../src/report/send/send-deps.ts'
import { scaledMs } from './time-limits.ts'

/** What senders need, over real processes; secrets are what `secrets` says by the name of their variable. */
export function sendDeps(
  options: { readonly secrets?: Readonly<Record<string, string>> } & Partial<SendDeps> = {},
): SendDeps & { readonly printed: string[] } {
  const { secrets = {}, ...rest } = options
  const printed: string[] = []
  return {
    withProcesses: async (work) => {
      const processes = openProcesses({ runId: `test-${process.pid}` })
      try {
        return await work(processes)
      } finally {
        await processes.close()
      }
    },
    resolveSecret: (ref) => {
      const value = ref.kind === 'env' ? secrets[ref.name] : undefined
      return value === undefined ? Promise.reject(new Error('no such secret')) : Promise.resolve(value)
    },
    environment: { PATH: '/usr/bin:/bin' },
    host: 'web-01',
    clock: () => new Date('2026-02-03T04:05:06Z'),
    signal: new AbortController().signal,
    print: (text) => printed.push(text),
    limits: { ...DEFAULT_LIMITS, graceMs: 300 },
    ...rest,
    printed,
  }
}

/** A message of a failing run. */
export function message(options: Partial<Message> = {}): Message {
  const subject = options.subject ?? 'web-01: task "nightly" failed'
  const text = options.text ?? 'what:   it failed\nÄrger\n'
  return {
    kind: 'run',
    subject,
    text,
    data: { kind: 'run', subject, task: 'nightly' },
    fields: { subject, text, task: 'nightly', status: 'failed' },
    outcome: 'bad',
    ...options,
  }
}

/** One try, with limits that only what hangs comes to. */
export const QUICK = { tryMs: scaledMs(60_000), totalMs: scaledMs(120_000), retries: 0, pauseMs: 10 } as const
