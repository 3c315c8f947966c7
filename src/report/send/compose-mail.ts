import { createTransport, type SendMailOptions } from 'nodemailer'
import { AppError, messageOf, systemCode } from '../../lib/errors.ts'
import type { SmtpNotifierSpec } from '../../plan/notify.ts'
import { ReportError } from '../report-error.ts'
import { trusted } from './http-request.ts'
import { untilTlsAtOnce } from './tls-at-once.ts'

/** The only file that uses the mail library. */

export interface Mail {
  readonly from: string
  readonly recipients: readonly string[]
  readonly subject: string
  readonly text: string
  readonly host: string
  readonly at: Date
}

export interface MailServer extends Pick<SmtpNotifierSpec, 'host' | 'port' | 'security'> {
  readonly login?: { readonly user: string; readonly password: string }
  readonly caFile?: string | undefined
}

function optionsOf({ from, recipients, subject, text, at }: Mail): SendMailOptions {
  return {
    from,
    to: [...recipients],
    subject,
    text,
    date: at,
    // RFC 3834: prevents automatic replies.
    headers: { 'Auto-Submitted': 'auto-generated' },
    disableFileAccess: true,
    disableUrlAccess: true,
  }
}

/** The complete message (RFC 5322), with the line ends of this system. */
export async function composeMail(mail: Mail): Promise<string> {
  const composer = createTransport({ streamTransport: true, buffer: true, newline: 'unix' })
  const { message } = await composer.sendMail(optionsOf(mail))
  return String(message)
}

/** Resolves when the server has accepted the mail for every recipient. Rejects with a `ReportError`; the connection is closed in any case. */
export async function deliverMail(
  mail: Mail,
  { host, port, security, login, caFile }: MailServer,
  { signal, tryMs }: { readonly signal: AbortSignal; readonly tryMs: number },
): Promise<void> {
  const answered = new AbortController()
  const transport = createTransport({
    host,
    port,
    name: mail.host,
    secure: security === 'tls',
    requireTLS: security === 'starttls',
    ignoreTLS: security === 'none',
    ...(security !== 'none' && { tls: { ca: await trusted(caFile) } }),
    ...(login && { auth: { user: login.user, pass: login.password } }),
    connectionTimeout: tryMs,
    greetingTimeout: tryMs,
    socketTimeout: tryMs,
    logger: { ...SILENT, debug: (entry: { readonly tnx?: string }) => entry.tnx === 'server' && answered.abort() },
    debug: true,
  })
  const failed = new AbortController()
  const server = `${host}:${port}`
  const sending = transport.sendMail({ ...optionsOf(mail), signal: AbortSignal.any([signal, failed.signal]) })
  try {
    const other = security === 'tls' ? [] : [refuseTlsAtOnce({ host, port }, AbortSignal.any([signal, answered.signal]))]
    const { rejected } = await Promise.race([sending, ...other])
    if (rejected.length > 0) throw new ReportError('refused', `${server} accepted the mail, but not for ${rejected.map(String).join(', ')}`)
  } catch (error) {
    throw error instanceof AppError ? error : mailError(error, server, security)
  } finally {
    answered.abort()
    failed.abort()
    transport.close()
  }
}

function nothing(): void {
  // Messages of the library.
}

const SILENT = { trace: nothing, info: nothing, warn: nothing, error: nothing, fatal: nothing }

async function refuseTlsAtOnce(place: Pick<MailServer, 'host' | 'port'>, signal: AbortSignal): Promise<never> {
  await untilTlsAtOnce(place, signal)
  throw new ReportError(
    'unreachable',
    `could not connect to ${place.host}:${place.port}: the server expects TLS from the beginning of the connection`,
    {
      hint: 'Set "security: tls".',
    },
  )
}

const HINTS: ReadonlyMap<string, string> = new Map(
  Object.entries({
    EAUTH: 'Check user and password, and whether the server allows this login method.',
    EENVELOPE: 'Check sender and recipients, and whether this host may send mail through the server.',
    ETLS: 'Check "security": "tls" for port 465, "starttls" for 587 and 25; and whether the certificate is trusted by this host or listed in "ca".',
    ESOCKET:
      'Check "security": "tls" for port 465, "starttls" for 587 and 25; and whether the certificate is trusted by this host or listed in "ca".',
  }),
)

function mailError(error: unknown, server: string, security: MailServer['security']): ReportError {
  const code = systemCode(error) ?? ''
  const reply = error instanceof Error && 'responseCode' in error && typeof error.responseCode === 'number' ? error.responseCode : 0
  const hint = HINTS.get(code)
  // RFC 5321, 4.2.1: 4yz is temporary, 5yz permanent.
  if (reply >= 400 || code === 'EAUTH' || code === 'EENVELOPE')
    return new ReportError('refused', `${server} rejected the mail: ${messageOf(error)}`, { hint, mayPass: reply >= 400 && reply < 500 })
  // OpenSSL: what the server sent instead of a TLS record is the greeting in plain text.
  if (security === 'tls' && /wrong version number|packet length too long/iu.test(messageOf(error)))
    return new ReportError('unreachable', `could not connect to ${server}: the server does not begin with TLS`, {
      hint: 'Set "security: starttls" (usual for the ports 587 and 25).',
    })
  const isTls = code === 'ETLS' || /certificate|ssl|tls/iu.test(messageOf(error))
  return new ReportError('unreachable', `could not connect to ${server}: ${messageOf(error)}`, {
    hint: isTls ? HINTS.get('ETLS') : undefined,
    mayPass: !isTls,
  })
}
