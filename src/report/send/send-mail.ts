import type { MailxNotifierSpec, SendmailNotifierSpec, SmtpNotifierSpec } from '../../plan/notify.ts'
import type { Message } from '../message.ts'
import type { Secrets } from './read-secrets.ts'
import { runProgram } from './run-program.ts'
import { noteExposed, type Try } from './send-deps.ts'
import { foldLines } from './shorten-text.ts'

/** `PROGRAM [-S SETTING ...] [-r FROM] -s SUBJECT RECIPIENT ...`, as for mailx(1) of POSIX and similar programs, which create the message. */
export async function sendByMailx(spec: MailxNotifierSpec, message: Message, deps: Try): Promise<void> {
  const { command, settings, from, recipients, inheritsAll } = spec
  const sender = from === undefined ? [] : ['-r', from]
  const argv = [command.argv[0], ...settings.flatMap((it) => ['-S', it]), ...sender, '-s', message.subject, ...recipients] as const
  const inherited = Object.fromEntries(Object.entries(deps.environment).filter((it): it is [string, string] => it[1] !== undefined))
  const inheriting = inheritsAll && {
    environment: { kind: 'exactly', values: inherited, inherited: Object.keys(inherited) } as const,
    searchPath: (inherited['PATH'] ?? '').split(':'),
  }
  await runProgram({ ...command, ...inheriting, argv }, withoutEscapes(foldLines(message.text)), { ...deps, mayPass: () => false })
}

/** Some programs execute lines that begin with a tilde even if no terminal is connected, such as mailutils before 3.13 (CVE-2021-32749). */
function withoutEscapes(text: string): string {
  return text.replaceAll(/^~/gmu, ' ~')
}

// sysexits(3): EX_TEMPFAIL.
const TEMPORARY = 75

/** `PROGRAM -i [-f FROM] -- RECIPIENT ...`, as for sendmail(8) and similar programs; the message is created here. */
export async function sendBySendmail(spec: SendmailNotifierSpec, message: Message, deps: Try): Promise<void> {
  const { composeMail } = await import('./compose-mail.ts')
  const { command, from, recipients } = spec
  const text = await composeMail({ from: from ?? `holdfast@${deps.host}`, recipients, ...mailOf(message, deps) })
  const argv = [command.argv[0], '-i', ...(from === undefined ? [] : ['-f', addressIn(from)]), '--', ...recipients] as const
  await runProgram({ ...command, argv }, text, { ...deps, mayPass: (code) => code === TEMPORARY })
}

/** Sends to a mail server. */
export async function sendBySmtp(spec: SmtpNotifierSpec, message: Message, { secrets, ...deps }: Try & { readonly secrets: Secrets }): Promise<void> {
  const { deliverMail } = await import('./compose-mail.ts')
  const { host, port, security, login, from, recipients, caFile } = spec
  const password = login === undefined ? undefined : await secrets.read(login.password)
  noteExposed(spec, undefined, deps)
  const server = { host, port, security, caFile, ...(login && password !== undefined && { login: { user: login.user, password } }) }
  await deliverMail({ from, recipients, ...mailOf(message, deps) }, server, deps)
}

/** `Name <address>` or the address alone. */
function addressIn(from: string): string {
  return /<(?<address>[^<>]+)>\s*$/u.exec(from)?.groups?.['address'] ?? from
}

function mailOf(
  { subject, text }: Message,
  { host, clock }: Try,
): { readonly subject: string; readonly text: string; readonly host: string; readonly at: Date } {
  return { subject, text, host, at: clock() }
}
