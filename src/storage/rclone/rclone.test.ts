import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe } from 'node:test'
import { noRclone, rcloneSpec, sftpRemote } from '../../../test/support/rclone.ts'
import { noSshd, type Sshd, startSshd } from '../../../test/support/sshd.ts'
import { openStorage } from '../open-storage.ts'
import { storageSuite } from '../storage.suite.ts'
import { UPLOADS } from './upload-names.ts'

const deps = { note: (text: string) => assert.fail(text) }
const unable = { 'accepts control characters in names': 'rclone writes them as other characters; they are refused' }
const folders: string[] = []
function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'rclone-'))
  folders.push(folder)
  return folder
}
after(() => {
  for (const folder of folders) {
    // An upload that was given up may leave the folder, when rclone makes it a moment too late; never a file in it.
    const uploads = join(folder, UPLOADS)
    assert.deepEqual(existsSync(uploads) ? readdirSync(uploads) : [], [])
    rmSync(folder, { recursive: true })
  }
})

describe('rclone', { skip: noRclone }, () => {
  storageSuite('rclone to a folder', async () => openStorage(rcloneSpec(newFolder()), deps), unable)
  // A remote without a move of its own, which shows an object only when it is whole: as object stores are.
  storageSuite('rclone to its memory', async () => openStorage(rcloneSpec(':memory:bucket'), deps), unable)

  describe('over SFTP', { skip: noSshd }, () => {
    let sshd: Sshd
    before(async () => {
      sshd = await startSshd()
    })
    after(() => sshd.stop())
    storageSuite('rclone to an SFTP server', async () => openStorage(rcloneSpec(sftpRemote(sshd, newFolder())), deps), unable)
  })
})
