import { argon2, createHmac, pbkdf2, randomBytes, scrypt, timingSafeEqual } from 'node:crypto'
import { promisify } from 'node:util'
import { inHashQueue } from './hash-queue.ts'

const argon2Of = promisify(argon2)
const pbkdf2Of = promisify(pbkdf2)
const scryptOf = promisify<string, string, number, object, Buffer>(scrypt)

// Recommended by OWASP: 46 MiB, one pass, one lane. Blocks of less than 32 MiB would remain allocated in each thread (mallopt(3), M_MMAP_THRESHOLD).
const MEMORY_KIB = 46 * 1024
const PASSES = 1
const TAG_BYTES = 32

/** The stored form of a password: `argon2id$m=47104,t=1,p=1$SALT$TAG`, both parts base64url. */
export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(16)
  const tag = await inHashQueue(() =>
    argon2Of('argon2id', { ...argonParameters(password, salt), memory: MEMORY_KIB, passes: PASSES, parallelism: 1 }),
  )
  return `argon2id$m=${MEMORY_KIB},t=${PASSES},p=1$${salt.toString('base64url')}$${tag.toString('base64url')}`
}

/**
 * Whether the password matches the hash, in the format of Holdfast or of Werkzeug (`pbkdf2:…`, `scrypt:…`, in old versions also `sha1`, `md5` and
 * `plain`).
 */
export async function verifyPassword(password: string, hash: string): Promise<boolean> {
  const argon = /^argon2id\$m=(?<memory>\d{1,7}),t=(?<passes>\d{1,3}),p=(?<lanes>\d{1,2})\$(?<salt>[\w-]+)\$(?<tag>[\w-]+)$/u.exec(hash)?.groups
  if (argon) {
    const { memory, passes, lanes, salt = '', tag = '' } = argon
    const limits = { memory: Number(memory), passes: Number(passes), parallelism: Number(lanes) }
    const found = await inHashQueue(() => argon2Of('argon2id', { ...argonParameters(password, Buffer.from(salt, 'base64url')), ...limits }))
    return isEqual(found, Buffer.from(tag, 'base64url'))
  }
  return verifyWerkzeug(password, hash)
}

/** Whether the hash must be replaced at the next login. */
export function isOutdated(hash: string): boolean {
  return !hash.startsWith(`argon2id$m=${MEMORY_KIB},t=${PASSES},p=1$`)
}

function argonParameters(message: string, nonce: Buffer): { readonly message: string; readonly nonce: Buffer; readonly tagLength: number } {
  return { message, nonce, tagLength: TAG_BYTES }
}

// Limits for parameters from a file: a login must not take minutes, nor gigabytes.
const MAX_ITERATIONS = 5_000_000
const MAX_SCRYPT_BYTES = 256 * 1024 * 1024
const DIGEST_BYTES: ReadonlyMap<string, number> = new Map(Object.entries({ md5: 16, sha1: 20, sha224: 28, sha256: 32, sha384: 48, sha512: 64 }))

async function verifyWerkzeug(password: string, hash: string): Promise<boolean> {
  const { method, salt, hex } = /^(?<method>[^$]+)\$(?<salt>[^$]*)\$(?<hex>.*)$/su.exec(hash)?.groups ?? {}
  if (method === undefined || salt === undefined || hex === undefined) return false
  const [name = '', ...parameters] = method.split(':')
  if (name === 'plain') return salt === '' && isEqual(Buffer.from(password), Buffer.from(hex))
  const wanted = Buffer.from(hex, 'hex')
  if (wanted.length * 2 !== hex.length) return false
  const found = await keyOf({ name, parameters, salt }, password)
  return found !== undefined && isEqual(found, wanted)
}

interface Werkzeug {
  readonly name: string
  readonly parameters: readonly string[]
  readonly salt: string
}

async function keyOf({ name, parameters, salt }: Werkzeug, password: string): Promise<Buffer | undefined> {
  if (name === 'pbkdf2') {
    const [digest = 'sha256', rounds = '150000'] = parameters
    const iterations = Number(rounds)
    const bytes = DIGEST_BYTES.get(digest)
    if (bytes === undefined || !(iterations >= 1 && iterations <= MAX_ITERATIONS)) return undefined
    return inHashQueue(() => pbkdf2Of(password, salt, iterations, bytes, digest))
  }
  if (name === 'scrypt') {
    const [N = 32768, r = 8, p = 1] = parameters.map(Number)
    const needed = 128 * N * r * p + 128 * r * (N + 2)
    if (!(needed > 0 && needed <= MAX_SCRYPT_BYTES)) return undefined
    return inHashQueue(() => scryptOf(password, salt, 64, { N, r, p, maxmem: 2 * MAX_SCRYPT_BYTES }))
  }
  return DIGEST_BYTES.has(name) && salt !== '' ? createHmac(name, salt).update(password).digest() : undefined
}

function isEqual(a: Buffer, b: Buffer): boolean {
  return a.length === b.length && timingSafeEqual(a, b)
}
