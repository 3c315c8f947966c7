import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { tarComplaint } from './tar-complaints.ts'

const said = (line: string) => {
  const complaint = tarComplaint(line)
  return 'name' in complaint ? [complaint.kind, complaint.name.toString('latin1')] : [complaint.kind]
}

describe('tarComplaint', () => {
  it('knows what is lost, what is torn, and the bytes of its name', () => {
    assert.deepEqual(said('tar: a: b/c d: Cannot open: Permission denied'), ['lost', 'a: b/c d'])
    assert.deepEqual(said('tar: x: Warning: Cannot stat: No such file or directory'), ['lost', 'x'])
    assert.deepEqual(said('tar: new\\nline\\\\\\377: File removed before we read it'), ['lost', 'new\nline\\\xff'])
    assert.deepEqual(said('tar: big: Read error at byte 0, while reading 512 bytes: Input/output error'), ['lost', 'big'])
    assert.deepEqual(said('tar: log: file changed as we read it'), ['torn', 'log'])
    assert.deepEqual(said('tar: log: File shrank by 10 bytes; padding with zeros'), ['torn', 'log'])
  })

  it('takes what it does not know for worse', () => {
    assert.deepEqual(said('tar: -: Cannot write: No space left on device'), ['unknown'])
    assert.deepEqual(said('tar: Error is not recoverable: exiting now'), ['unknown'])
    assert.deepEqual(said('tar: Exiting with failure status due to previous errors'), ['end'])
    assert.deepEqual(said("tar: Removing leading `/' from member names"), ['harmless'])
  })
})
