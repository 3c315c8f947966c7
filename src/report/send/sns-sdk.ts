import { PublishCommand, SNSClient } from '@aws-sdk/client-sns'
import { readSmall } from '../../files/read-small.ts'
import { chooseProfile } from '../../lib/aws-profiles.ts'
import { messageOf } from '../../lib/errors.ts'
import { ReportError } from '../report-error.ts'

/** The only file that uses the SDK. */

export interface SnsClientSettings {
  readonly target: string
  readonly region: string | undefined
  readonly profile: string
  readonly endpoint: string | undefined
  readonly environment: Readonly<Record<string, string | undefined>>
}

// It would print warnings about the AWS configuration to stderr.
const SILENT = { trace: ignore, debug: ignore, info: ignore, warn: ignore, error: ignore }

/** Publishes to one target. Rejects with a `ReportError`. */
export async function publishTo(
  { target, region, profile, endpoint, environment }: SnsClientSettings,
  { subject, message }: { readonly subject: string; readonly message: string },
  { signal, tryMs }: { readonly signal: AbortSignal; readonly tryMs: number },
): Promise<void> {
  const choice = await chooseProfile(profile, environment, readSmall)
  if (choice.kind === 'missing')
    throw new ReportError('unreachable', `could not access SNS for "${target}": unknown profile "${profile}" in the shared AWS files`, {
      hint: `Add it to "${choice.credentialsFile}", or set another profile in the configuration.`,
    })
  const client = new SNSClient({
    ...(choice.kind === 'profile' && { profile: choice.name }),
    ...(region !== undefined && { region }),
    ...(endpoint !== undefined && { endpoint }),
    maxAttempts: 1,
    logger: SILENT,
    requestHandler: { requestTimeout: tryMs, connectionTimeout: tryMs },
  })
  try {
    await client.send(new PublishCommand({ TargetArn: target, Subject: subject, Message: message }), { abortSignal: signal })
  } catch (error) {
    throw toReportError(error, target)
  } finally {
    client.destroy()
  }
}

function toReportError(error: unknown, target: string): ReportError {
  const { name = '', $metadata, $retryable } = error as { name?: string; $metadata?: { httpStatusCode?: number }; $retryable?: object }
  const status = $metadata?.httpStatusCode
  if (status === undefined) {
    const isSetting = /credential|region|profile/iu.test(`${name} ${messageOf(error)}`)
    return new ReportError('unreachable', `could not access SNS for "${target}": ${messageOf(error)}`, {
      mayPass: !isSetting,
      ...(isSetting && { hint: 'Check whether the AWS configuration of this user contains the profile and its keys.' }),
    })
  }
  const mayPass = status >= 500 || status === 429 || $retryable !== undefined
  return new ReportError('refused', `SNS rejected the message for "${target}" (${name}, ${status}): ${messageOf(error)}`, {
    mayPass,
    ...(!mayPass && { hint: 'Check the ARN, its region, and whether the profile may publish to it.' }),
  })
}

function ignore(): void {}
