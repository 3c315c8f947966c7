import { createPublicKey, type KeyObject, verify } from 'node:crypto'
import { join, resolve } from 'node:path'
import { readWithProblems } from '../../files/trust/read-with-problems.ts'
import { correctingCommand, describeDistrust } from '../../files/trust/trust.ts'
import { embeddedFile, SHARE } from '../../lib/assets.ts'
import { printable } from '../../lib/format.ts'
import { whyUnreadable } from '../../plan/why-unreadable.ts'
import { fileExists } from '../host/load-plan.ts'
import { ALLOW_UNSAFE, configTruster } from '../host/trusted-reader.ts'
import { UpgradeError } from './upgrade-error.ts'

/** Where the administrator keeps the keys that may sign releases for this host. */
const KEY_FILE = '/etc/holdfast/release-keys.pem'

/**
 * The keys that may sign a release: those of the file; by default those of `KEY_FILE`, otherwise the one that the executable contains. A file that
 * another user could have written is rejected.
 */
export async function releaseKeys(file: string | undefined, allowsUnsafe: boolean): Promise<readonly KeyObject[]> {
  const path = file ?? ((await fileExists(KEY_FILE)) ? KEY_FILE : undefined)
  if (path !== undefined) return keysIn(await readKeys(resolve(path), allowsUnsafe), path)
  const own = embeddedFile(join(SHARE, 'release-keys.pem'))
  if (own !== undefined) return keysIn(own.toString('utf8'), 'the executable')
  throw new UpgradeError('no-key', 'no key to verify the signature of the release', {
    hint: `Save the public key with which your releases are signed as "${KEY_FILE}", or specify its file with --key.`,
  })
}

async function readKeys(path: string, allowsUnsafe: boolean): Promise<string> {
  const who = configTruster()
  const { content, problems } = await readWithProblems(path, who, { maxBytes: 64 * 1024 }).catch((error: unknown) => {
    throw new UpgradeError('no-key', `could not read the key in "${printable(path)}": ${whyUnreadable(error)}`, { cause: error })
  })
  const [problem] = problems
  if (problem !== undefined && !allowsUnsafe)
    throw new UpgradeError(
      'no-key',
      `unsafe permissions of the key in "${printable(path)}": ${describeDistrust(problem.path, problem.distrust, problem.facts)}`,
      {
        hint: `Run "${problems.map((it) => correctingCommand(it, who)).join(' && ')}", or use ${ALLOW_UNSAFE}.`,
      },
    )
  return content.toString('utf8')
}

function keysIn(text: string, origin: string): readonly KeyObject[] {
  const blocks = text.match(/-----BEGIN PUBLIC KEY-----[\s\S]*?-----END PUBLIC KEY-----/gu) ?? []
  const keys = blocks.flatMap((pem) => keyOf(pem) ?? [])
  if (keys.length > 0) return keys
  throw new UpgradeError('no-key', `no Ed25519 public key found in ${origin === 'the executable' ? origin : `"${printable(origin)}"`}`, {
    hint: 'Create it with "openssl pkey -in PRIVATE -pubout".',
  })
}

function keyOf(pem: string): KeyObject | undefined {
  try {
    const key = createPublicKey(pem)
    return key.asymmetricKeyType === 'ed25519' ? key : undefined
  } catch {
    return undefined
  }
}

/** Throws `upgrade/bad-signature` unless one of the keys signed these bytes. */
export function verifySignature(content: Buffer, signature: Buffer, keys: readonly KeyObject[]): void {
  const text = signature.toString('latin1').trim()
  const bytes = /^[A-Za-z0-9+/]{86}==$/u.test(text) ? Buffer.from(text, 'base64') : undefined
  if (bytes !== undefined && keys.some((key) => verify(null, content, key, bytes))) return
  throw new UpgradeError('bad-signature', 'the signature of the release is not valid', {
    hint: 'The release was changed, or signed with another key. Do not use it until you know the reason.',
  })
}

/** The digest of the first of these names that a list (sha256sum(1)) contains. */
export function digestIn(list: string, names: readonly string[]): { readonly name: string; readonly sha256: string } {
  const digests = new Map(
    [...list.matchAll(/^(?<sha256>[0-9a-f]{64}) [ *](?<name>[^\n]+)$/gmu)].map(({ groups }) => [groups?.['name'] ?? '', groups?.['sha256'] ?? '']),
  )
  for (const name of names) {
    const sha256 = digests.get(name)
    if (sha256 !== undefined) return { name, sha256 }
  }
  throw new UpgradeError('bad-digest', `the release contains no "${names.map(printable).join('" or "')}"`, {
    hint: `"SHA256SUMS" must contain its digest. For this host, the executable for the architecture "${process.arch}" is needed.`,
  })
}
