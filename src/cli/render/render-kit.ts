import type { KitKey, KitObject, KitStep, RecoveryKit } from '../../app/recovery/recovery-kit.ts'
import { formatBytes, printable } from '../../lib/format.ts'
import { printableShellWord } from '../../lib/shell-word.ts'
import type { StorageSpec } from '../../plan/plan.ts'
import { describeStorage } from '../../plan/steps/describe-step.ts'

/** The recovery kit as a sheet for printing: plain text with the headings and code of Markdown. It contains no secrets. */
export function renderKit(kit: RecoveryKit, { host, at }: { readonly host: string; readonly at: Date }): string {
  return [
    `# Recovery sheet of ${printable(host)}`,
    '',
    `Printed ${at.toISOString()} (UTC). Keep it outside of this host, with the secret keys. Configuration: ${kit.files.map(printable).join(', ')}.`,
    ...(kit.isWhole ? [] : ['', '**Incomplete: a storage could not be read when this sheet was printed.**']),
    ...section('1. Contacts', contacts(kit.contacts)),
    ...section('2. Sets', kit.steps.flatMap(setLines)),
    ...section('3. Keys', keyLines(kit)),
    ...section('4. Rebuilding the host', order(kit)),
    '',
  ].join('\n')
}

function section(title: string, lines: readonly string[]): readonly string[] {
  return ['', `## ${title}`, '', ...lines]
}

function contacts(lines: readonly string[]): readonly string[] {
  if (lines.length > 0) return lines.map((line) => `- ${printable(line)}`)
  return ['None. Add them to the configuration: `contacts: ["on call: +1 555 0100", …]`.']
}

function setLines({ task, step, storages, newest }: KitStep): readonly string[] {
  const name = step === task ? printable(task) : `${printable(task)}, step ${printable(step)}`
  const about = newest === undefined ? 'There was no complete set.' : `Newest complete set: \`${newest.set}\``
  return [
    `### Task ${name}`,
    '',
    about,
    '',
    ...storages.map((it) => `- ${it.name === undefined ? '' : `${printable(it.name)}: `}${describeStorage(it.storage)}`),
    ...(newest === undefined ? [] : ['', 'To get it:', '', ...storages.flatMap(({ storage }) => fetching(storage, newest.set))]),
    ...(newest === undefined ? [] : ['', ...newest.objects.map(objectLine)]),
    '',
  ]
}

function objectLine({ path, bytes, kind, encryption }: KitObject): string {
  const facts = [...(kind === undefined ? [] : [printable(kind)]), formatBytes(bytes), ...(encryption === undefined ? [] : ['needs a key'])]
  return `- ${printableShellWord(path)}: ${facts.join(', ')}`
}

/** How the folder of a set gets to another machine. */
function fetching(storage: StorageSpec, set: string): readonly string[] {
  switch (storage.kind) {
    case 'null':
      return []
    case 'localfs':
      return [`    cp -R ${printableShellWord(`${storage.root}/${set}`)} .`]
    case 's3':
      return [
        `    aws s3 cp --recursive${storage.endpoint === undefined ? '' : ` --endpoint-url ${printableShellWord(storage.endpoint)}`} ${printableShellWord(`s3://${storage.bucket}/${storage.root === '' ? '' : `${storage.root}/`}${set}`)} ${set}`,
      ]
    case 'rclone':
      return [`    rclone copy ${printableShellWord(`${storage.label}/${set}`)} ${set}`]
    default:
      return storage satisfies never
  }
}

function keyLines({ keys, steps }: RecoveryKit): readonly string[] {
  const encryptions = new Set(steps.flatMap(({ newest }) => newest?.objects.flatMap(({ encryption }) => encryption ?? []) ?? []))
  const withPassphrase = [...encryptions].some((it) => it === 'gpg --symmetric' || it.startsWith('openssl'))
  const lines = [...keys.map(keyLine), ...(withPassphrase ? ['- A passphrase: it is not on this sheet.'] : [])]
  if (lines.length === 0) return ['Not needed: no object is encrypted.']
  return ['The secret keys are not on this sheet. Without them, encrypted objects cannot be restored.', '', ...lines]
}

function keyLine({ kind, recipient, fingerprints }: KitKey): string {
  if (kind === 'age') return `- age, the secret key of ${printable(recipient)}: set \`AGE_KEY\` to the path of its file`
  const shown = fingerprints.length === 0 ? 'not in the keyring' : fingerprints.map((it) => it.replaceAll(/(.{4})(?=.)/gu, '$1 ')).join('; ')
  return `- GnuPG ${printable(recipient)}, fingerprint ${shown}: \`gpg --import FILE\``
}

function order({ steps }: RecoveryKit): readonly string[] {
  const facts = steps.flatMap(({ newest }) => newest?.objects.filter(({ kind }) => kind === 'host-facts') ?? []).at(0)
  const dumps = steps.flatMap(({ newest }) => newest?.objects.filter(({ kind }) => kind !== undefined && DUMPS.has(kind)) ?? [])
  return [
    '1. Install a bare Debian of the same release, or boot a rescue system. Get the newest set (2), the keys (3), and check it: `sh SET/restore.sh -c`',
    '2. Restore all objects into a new folder: `sh SET/restore.sh /mnt/restored`',
    facts === undefined
      ? '3. The sets contain no host facts: add an object with `host-facts: {}`, so that this sheet can describe how the host is rebuilt.'
      : `3. Read the plan for this host, and run its steps in their order: \`sh /mnt/restored/${printable(facts.path)}.d/host-facts/rebuild.sh\`: disks, mounts, repositories, packages, users, network, name, data, services, schedules`,
    '4. Step "data": copy the restored files to their places, then load the dumps:',
    ...dumps.map(({ path }) => `   \`sh SET/restore.sh -s /mnt/restored ${printableShellWord(path)}\``),
    '5. Install Holdfast, run `holdfast config check` and `holdfast enable`. Compare this sheet with the new one that `holdfast kit` prints.',
  ]
}

const DUMPS: ReadonlySet<string> = new Set(['postgresql', 'mariadb', 'ldap'])
