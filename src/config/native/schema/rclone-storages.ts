import { z } from 'zod'
import { REFERENCES } from './references.ts'
import { absolutePath, duration, filledText, key, mapping, rate, required, told } from './words.ts'

// What we tell rclone ourselves, and what would make it do nothing or say nothing.
const OURS = /^(?:rc(?:-.*)?|config|log-.*|syslog.*|use-json-log|quiet|verbose|dry-run|interactive|ask-password|password-command)$/u

const optionName = z
  .string()
  .regex(
    /^(?!-)[a-z0-9][a-z0-9-]*$/u,
    told('no option of rclone', 'Write its long name without the dashes before it: transfers, s3-no-check-bucket.'),
  )
  .refine((it) => !OURS.test(it), told('an option that cannot be given here'))

const reach = {
  options: key(
    `Options of rclone by their long names, without the dashes. They reach it by its environment, never by arguments. A value may be a secret, or hold some: ${REFERENCES}.`,
    z.record(optionName, z.union([z.string().regex(/^[^\0]*$/u, told('a NUL character')), z.number(), z.boolean()])),
  ),
  environment: key(
    `Variables for rclone, beside PATH, HOME, LANG and TZ, which are inherited; a proxy, for example. A value may be a secret, or hold some: ${REFERENCES}.`,
    z.record(z.string().regex(/^[^=\0]+$/u, told('no name of a variable')), z.string().regex(/^[^\0]*$/u, told('a NUL character'))),
  ),
  program: key('The program. Not said: rclone, looked up in PATH.', filledText),
  bandwidth: key('No more bytes in a second than this, both ways together: 20MiB/s. Not said: no limit.', rate),
  'stall-limit': key('How long the remote may move no byte and give no answer before that is a failure. Not said: 10m.', duration),
}

export const rclone = mapping({
  type: required('Any of the storages that rclone knows, reached by that program.', z.literal('rclone')),
  remote: required(
    'Where, as rclone writes it: "NAME:PATH" with the name of a remote of its configuration, or ":BACKEND,OPTION=VALUE:PATH". The sets of a step lie in PATH/NAME/SET, NAME being the name of the step.',
    filledText.regex(/^[^\n\r]*$/u, told('a line break')),
  ),
  config: key('The configuration file of rclone that has the remote. Not said: that of the user, ~/.config/rclone/rclone.conf.', absolutePath),
  ...reach,
})

const secret = (what: string) => key(`${what}; best a reference: ${REFERENCES}.`, filledText)

export const sftp = mapping({
  type: required('A server that offers SFTP, reached by rclone.', z.literal('sftp')),
  host: required('Its name or address.', filledText.regex(/^[^\s/@]+$/u, told('no name of a host'))),
  port: key('Not said: 22.', z.int().min(1, told('no port')).max(65535, told('no port'))),
  user: required('The user there.', filledText.regex(/^[^\s@:]+$/u, told('no name of a user'))),
  root: required(
    'The folder there; one without a slash before it begins at the home of that user. The sets of a step lie in ROOT/NAME/SET, NAME being the name of the step.',
    filledText.regex(/^[^\n\r]*$/u, told('a line break')),
  ),
  'key-file': key('The file with the secret key.', absolutePath),
  key: secret('The secret key itself, in place of a file'),
  'key-passphrase': secret('What the key is encrypted with'),
  password: secret('The password, where there is no key'),
  'known-hosts': key('The file of known hosts, as ssh writes it. Not said: ~/.ssh/known_hosts.', absolutePath),
  'host-key': key(
    'The public key of the server, in place of a file: "ssh-ed25519 AAAA…".',
    z
      .string()
      .regex(
        /^(?:ssh-|ecdsa-)\S+ [A-Za-z0-9+/=]+(?: .*)?$/u,
        told('no public key of a host', 'Write what "ssh-keyscan HOST" prints behind the name.'),
      ),
  ),
  ...reach,
}).check((context) => {
  const { 'key-file': keyFile, key: ownKey, password, 'known-hosts': knownHosts, 'host-key': hostKey } = context.value
  const fault = (message: string) => context.issues.push({ code: 'custom', input: context.value, message })
  if (keyFile === undefined && ownKey === undefined && password === undefined) fault(told('one of "key-file", "key" and "password" is expected'))
  if (keyFile !== undefined && ownKey !== undefined) fault(told('either "key-file" or "key" is expected, not both'))
  if (knownHosts !== undefined && hostKey !== undefined) fault(told('either "known-hosts" or "host-key" is expected, not both'))
})

export type RcloneInput = z.output<typeof rclone>
export type SftpInput = z.output<typeof sftp>
