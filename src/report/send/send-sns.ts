import type { SnsNotifierSpec } from '../../plan/notify.ts'
import type { Message } from '../message.ts'
import { noteExposed, type Try } from './send-deps.ts'

// Publish, "Subject" and "Message" (Amazon SNS API Reference): ASCII, no line break, less than 100 characters; at most 256 KiB.
const SUBJECT_CHARS = 99
const MESSAGE_BYTES = 250_000

/** Publishes the message to each target, one at a time; after a failure, the remaining targets are tried, and the first failure is thrown. */
export async function sendBySns(spec: SnsNotifierSpec, message: Message, deps: Try): Promise<void> {
  const { publishTo } = await import('./sns-sdk.ts')
  const { profile, endpoint, targets } = spec
  noteExposed(spec, undefined, deps)
  const { environment, signal, tryMs } = deps
  const text = { subject: plainSubject(message.subject), message: cutBytes(message.text) }
  const account = { profile, endpoint, environment }
  let failure: unknown
  for (const target of targets) {
    const place = { target, region: spec.region ?? regionOf(target) }
    await publishTo({ ...account, ...place }, text, { signal, tryMs }).catch((error: unknown) => {
      failure ??= error
    })
  }
  if (failure !== undefined) throw failure
}

/** `arn:aws:sns:REGION:ACCOUNT:NAME`. */
function regionOf(target: string): string | undefined {
  return target.split(':')[3] || undefined
}

function plainSubject(subject: string): string {
  return subject.replaceAll(/[^\x20-\x7e]/gu, '?').slice(0, SUBJECT_CHARS)
}

function cutBytes(text: string): string {
  const bytes = Buffer.from(text)
  return bytes.length <= MESSAGE_BYTES
    ? text
    : `${bytes
        .subarray(0, MESSAGE_BYTES)
        .toString()
        .replace(/\ufffd$/u, '')}\n…\n`
}
