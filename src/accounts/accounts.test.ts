import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import type { AccountError } from './account-error.ts'
import { type AuditRecord, listAudit } from './audit.ts'
import { inHashQueue } from './hash-queue.ts'
import { importUsers } from './import-users.ts'
import { makeLink } from './links.ts'
import { logIn } from './login.ts'
import { changePassword, confirmTotp, offerTotp, setUp, usePasswordLink } from './own-account.ts'
import { hashPassword, verifyPassword } from './password-hash.ts'
import { findSession, listSessions } from './sessions.ts'
import { openStore, type Store } from './store.ts'
import { addToken, findToken } from './tokens.ts'
import { totpCode } from './totp.ts'
import { addUser, changeUser, findUser, removeUser, resetUser } from './users.ts'

const ROOT = { who: 'root', via: 'command-line', address: '' } as const
const HOME = { address: '192.0.2.1', device: 'Firefox' }
const AWAY = { address: '198.51.100.7', device: 'curl' }

/** A store in a folder of its own, with a clock that is set by hand. */
async function withStore(body: (store: Store, time: { now: Date }, file: string) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'accounts-'))
  const time = { now: new Date('2026-11-26T10:00:00Z') }
  const notes: string[] = []
  const file = join(folder, 'accounts.db')
  const store = openStore(file, { clock: () => time.now, note: (text) => notes.push(text) })
  try {
    await body(store, time, file)
    assert.deepEqual(notes, [])
  } finally {
    store.close()
    rmSync(folder, { recursive: true })
  }
}

const ada = { name: 'ada', email: 'a@x', role: 'admin', password: 'correct horse' } as const

function login(store: Store, more: Partial<Parameters<typeof logIn>[1]> = {}) {
  return logIn(store, { name: 'ada', password: 'correct horse', remember: false, ...HOME, ...more })
}

test('verifies passwords in the formats of Holdfast and Werkzeug', async () => {
  const hash = await hashPassword('P@ss w0rd')
  assert.match(hash, /^argon2id\$m=47104,t=1,p=1\$/u)
  assert.equal(await verifyPassword('P@ss w0rd', hash), true)
  assert.equal(await verifyPassword('P@ss w0rd ', hash), false)
  const recorded: readonly (readonly [string, string])[] = [
    ['P@ss w0rd', 'pbkdf2:sha256:260000$BkiUoxkDuLQVmQzg$b16e979d1594f6f6053f9892109c674a15854b2f84f4afb57b705cf20fed41a4'],
    ['newpw', 'pbkdf2:sha256:260000$M3UZqvTky8AzMKOm$10f16f843d450691fae7504d784d7f77a9ecff8ddcc1adeb9aa14797b939367c'],
    [
      'P@ss w0rd',
      'scrypt:32768:8:1$ONIMLUPgIAeL9vD0$b0914471e5a9fd83a3215c8f870c3bce894cd10318fb8f33ccb6cf320dcbaa6df62612c890efba88d981a116d1a342741c7cb9b5ad4203a8f98860bb53b0bedd',
    ],
    [
      'pässwörd',
      'scrypt:16384:8:2$jTyn0Lv7Z3AfVGJ0$9fd2370c0623e4dfe7ec87a92bd2111b9927e3c8a5ba1010143f10706154d5747be8626fb757e535861c76737c21a5d2d24abed2f4d07c3c200b698821ea8e16',
    ],
    ['pw', 'plain$$pw'],
  ]
  for (const [password, kept] of recorded) {
    assert.equal(await verifyPassword(password, kept), true, kept)
    assert.equal(await verifyPassword(`${password}x`, kept), false, kept)
  }
  for (const bad of [
    '',
    'x',
    'pbkdf2:sha256:999999999999$a$00',
    'scrypt:1073741824:8:1$a$00',
    'pbkdf2:nosuch:1$a$00',
    'sha256$$00',
    '__proto__$a$00',
  ])
    assert.equal(await verifyPassword('pw', bad), false, bad)
})

test('passwords are hashed two at a time; while 32 are waiting, further ones are rejected immediately', async () => {
  const release = Promise.withResolvers<void>()
  let atOnce = 0
  let most = 0
  const work = async () => {
    atOnce += 1
    most = Math.max(most, atOnce)
    await release.promise
    atOnce -= 1
  }
  const all = Array.from({ length: 40 }, () =>
    inHashQueue(work).then(
      () => 'done',
      (error: AccountError) => error.code,
    ),
  )
  const rejected = await Promise.all(all.slice(34))
  assert.deepEqual([...new Set(rejected)], ['account/too-many-attempts'])
  release.resolve()
  assert.deepEqual([...new Set(await Promise.all(all.slice(0, 34)))], ['done'])
  assert.equal(most, 2)
  assert.equal(await inHashQueue(async () => 'next'), 'next', 'the queue is empty again')
})

test('codes of authenticators are those of RFC 6238', () => {
  // Appendix B, with the last six of its eight digits.
  const secret = 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ'
  assert.equal(totpCode(secret, Math.floor(59 / 30)), '287082')
  assert.equal(totpCode(secret, Math.floor(1111111109 / 30)), '081804')
  assert.equal(totpCode(secret, Math.floor(20000000000 / 30)), '353130')
})

test('creates the first account with its link, only once', () =>
  withStore(async (store, time) => {
    const link = await store.write((db) => makeLink(db, time.now, undefined))
    const request = { name: 'ada', email: '', password: 'correct horse', ...HOME }
    await assert.rejects(setUp(store, { ...request, code: 'guess' }), { code: 'account/invalid-link' })
    assert.equal(link.ends.getTime() - time.now.getTime(), 15 * 60_000)
    time.now = new Date(link.ends.getTime() + 1)
    await assert.rejects(setUp(store, { ...request, code: link.code }), { code: 'account/invalid-link' })
    const again = await store.write((db) => makeLink(db, time.now, undefined))
    const { account, secret } = await setUp(store, { ...request, code: again.code })
    assert.equal(account.role, 'admin')
    assert.equal(findSession(store, secret)?.account.name, 'ada')
    await assert.rejects(setUp(store, { ...request, name: 'eve', code: again.code }), { code: 'account/already-set-up' })
  }))

test('sessions end when idle, when expired, and after a change of password or role', () =>
  withStore(async (store, time) => {
    await addUser(store, ada, ROOT)
    await addUser(store, { ...ada, name: 'bob' }, ROOT)
    const began = time.now.getTime()
    const idle = await login(store)
    time.now = new Date(began + 3_601_000)
    assert.equal(findSession(store, idle.secret), undefined)
    const { secret } = await login(store)
    const changed = await changePassword(store, { name: 'ada', current: 'correct horse', password: 'battery staple', ...HOME })
    assert.equal(findSession(store, secret), undefined)
    assert.equal(findSession(store, changed.secret)?.account.name, 'ada')
    await changeUser(store, { name: 'ada', role: 'viewer' }, ROOT)
    assert.equal(findSession(store, changed.secret), undefined)
    assert.equal(listSessions(store, 'ada').length, 0)
    assert.equal(findSession(store, '../../etc/passwd'), undefined)
  }))

test('locks out unknown addresses after wrong passwords, never a known one', () =>
  withStore(async (store, time) => {
    await addUser(store, ada, ROOT)
    await login(store)
    for (let count = 0; count < 5; count += 1) await assert.rejects(login(store, { ...AWAY, password: 'guess' }), { code: 'account/wrong-login' })
    await assert.rejects(login(store, AWAY), { code: 'account/too-many-attempts' })
    assert.equal((await login(store)).account.name, 'ada', 'from the known address')
    for (let count = 0; count < 7; count += 1) {
      await assert.rejects(login(store, { ...AWAY, password: 'guess' }))
      time.now = new Date(time.now.getTime() + 16 * 60_000)
    }
    assert.equal((await login(store, AWAY)).account.name, 'ada', 'after the time of the lock-out')
    await assert.rejects(login(store, { name: 'nobody' }), { code: 'account/wrong-login' })
  }))

test('a code is accepted once, including recovery codes', () =>
  withStore(async (store, time) => {
    await addUser(store, ada, ROOT)
    const own = { name: ada.name, password: ada.password }
    const secret = offerTotp('ada')
    const code = () => totpCode(secret, Math.floor(time.now.getTime() / 30_000))
    await assert.rejects(confirmTotp(store, { ...own, code: '000000' }, ROOT), { code: 'account/invalid' })
    await assert.rejects(confirmTotp(store, { ...own, password: 'guess', code: code() }, ROOT), { code: 'account/wrong-login' })
    const [recovery = ''] = await confirmTotp(store, { ...own, code: code() }, ROOT)
    await assert.rejects(login(store), { code: 'account/second-factor' })
    await assert.rejects(login(store, { code: code() }), { code: 'account/wrong-login' }, 'it was used to confirm')
    time.now = new Date(time.now.getTime() + 31_000)
    await login(store, { code: code() })
    await assert.rejects(login(store, { code: code() }), { code: 'account/wrong-login' })
    await login(store, { code: recovery })
    await assert.rejects(login(store, { code: recovery }), { code: 'account/wrong-login' })
    const other = offerTotp('ada')
    const codeOfOther = totpCode(other, Math.floor(time.now.getTime() / 30_000))
    await assert.rejects(confirmTotp(store, { ...own, password: '', code: codeOfOther }, ROOT), { code: 'account/wrong-login' }, 'it replaces one')
    await assert.rejects(login(store, { code: codeOfOther }), { code: 'account/wrong-login' })
    await resetUser(store, { name: 'ada', totp: true }, ROOT)
    await login(store)
  }))

test('keeps the last administrator, and records actions', () =>
  withStore(async (store, time) => {
    await addUser(store, ada, ROOT)
    await assert.rejects(addUser(store, ada, ROOT), { code: 'account/duplicate-user' })
    await assert.rejects(removeUser(store, 'ada', ROOT), { code: 'account/last-admin' })
    await assert.rejects(changeUser(store, { name: 'ada', role: 'operator' }, ROOT), { code: 'account/last-admin' })
    const { password: _, ...bob } = { ...ada, name: 'bob' }
    const { link } = await addUser(store, bob, ROOT)
    await assert.rejects(login(store, { name: 'bob', password: '' }), { code: 'account/wrong-login' })
    await usePasswordLink(store, { code: link?.code ?? '', password: 'tr0ub4dor', ...HOME })
    await login(store, { name: 'bob', password: 'tr0ub4dor' })
    await assert.rejects(usePasswordLink(store, { code: link?.code ?? '', password: 'again', ...HOME }), { code: 'account/invalid-link' })
    const { token } = await addToken(store, { name: 'ci', scope: 'viewer', days: 1 }, { ...ROOT, who: 'bob' })
    assert.equal(findToken(store, token)?.owner.name, 'bob')
    time.now = new Date(time.now.getTime() + 86_400_001)
    assert.equal(findToken(store, token), undefined)
    await removeUser(store, 'ada', ROOT)
    assert.equal(findUser(store, 'ada'), undefined)
    const first = listAudit(store, { limit: 3 })
    const deeds = (rows: readonly AuditRecord[]) => rows.map(({ action, target }) => `${action} ${target}`)
    assert.deepEqual(deeds(first.rows), ['user-removed ada', 'token-created ci', 'login bob'])
    const more = listAudit(store, { limit: 100, ...(first.next !== null && { after: first.next }) })
    assert.equal(more.rows.length + 3, first.total)
    assert.ok(!JSON.stringify([first, more]).includes('tr0ub4dor'))
  }))

test('users of an ancestor are imported once, and get a stronger hash at their login', () =>
  withStore(async (store) => {
    const hash = 'pbkdf2:sha256:260000$BkiUoxkDuLQVmQzg$b16e979d1594f6f6053f9892109c674a15854b2f84f4afb57b705cf20fed41a4'
    const users = [
      { name: 'root', email: 'r@x', hash, isAdmin: true },
      { name: 'eve', email: 'e@x', hash, isAdmin: false },
    ]
    assert.equal(await importUsers(store, users), 2)
    assert.equal((await login(store, { name: 'root', password: 'P@ss w0rd' })).account.role, 'admin')
    assert.equal(findUser(store, 'root')?.isImported, false)
    assert.equal(findUser(store, 'eve')?.isImported, true)
    await login(store, { name: 'root', password: 'P@ss w0rd' })
    await removeUser(store, 'eve', ROOT)
    assert.equal(await importUsers(store, users), 0)
    assert.equal(findUser(store, 'eve'), undefined)
  }))
