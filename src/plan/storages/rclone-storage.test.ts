import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { parseRemote } from './rclone-storage.ts'

describe('parseRemote', () => {
  const cases: readonly (readonly [text: string, remote: string, root: string, label: string])[] = [
    ['offsite:', 'offsite:', '', 'offsite:'],
    ['offsite:backups/web-01', 'offsite:', 'backups/web-01', 'offsite:backups/web-01'],
    ['offsite:/', 'offsite:', '/', 'offsite:/'],
    ['offsite:backups/', 'offsite:', 'backups', 'offsite:backups'],
    ['/srv/a:b', '', '/srv/a:b', '/srv/a:b'],
    ['srv', '', 'srv', 'srv'],
    ['two words:x', 'two words:', 'x', 'two words:x'],
    [':sftp,host=h,pass=SECRET:/srv/x', ':sftp,host=h,pass=SECRET:', '/srv/x', ':sftp:/srv/x'],
    [':webdav,url="https://h:8080/d",pass=SECRET:x', ':webdav,url="https://h:8080/d",pass=SECRET:', 'x', ':webdav:x'],
    [":s3,a='it''s:SECRET':b/c", ":s3,a='it''s:SECRET':", 'b/c', ':s3:b/c'],
    ['offsite,chunk_size=8M:x', 'offsite,chunk_size=8M:', 'x', 'offsite:x'],
  ]
  for (const [text, remote, root, label] of cases)
    it(`${text} is shown as ${label}`, () => {
      assert.deepEqual(parseRemote(text), { remote, root, label })
    })
})
