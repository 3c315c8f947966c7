import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  ARCHIVE_POINTS,
  COPY_POINTS,
  EVERY_POINT,
  INTO_DATABASE_POINTS,
  MARKER_POINTS,
  POINTS,
  RESTORE_POINTS,
  S3_POINTS,
  SEVERAL_POINTS,
} from './stop-points.ts'

/** Of dated files: src/file-sets/dump/dump-databases.test.ts, and file-sets-killed.test.ts here. */
const DATED_FILES = [
  ...['dump-digest-renamed', 'dump-made', 'dump-renamed', 'dump-set-aside', 'dump-work-made'],
  ...['file-copied', 'file-copying', 'file-expired'],
]

describe('the points where the fault tests end the program', () => {
  it('are all that the sources have', () => {
    const played = [POINTS, MARKER_POINTS, SEVERAL_POINTS, COPY_POINTS, RESTORE_POINTS, INTO_DATABASE_POINTS, ARCHIVE_POINTS, S3_POINTS, DATED_FILES]
    assert.deepEqual([...new Set(played.flat())].toSorted(), EVERY_POINT)
  })

  // Lists are chosen by folders: without this, a folder that gets another name takes its points out of the tests.
  it('contain those that decide between a set and none', () => {
    for (const point of ['set-renamed', 'root-flushed', 'folders-flushed', 'expire-renamed', 'expire-deleted', 'swept', 'work-begun'])
      assert.ok(POINTS.includes(point), point)
    for (const point of ['object-put', 'part-sent', 'upload-begun', 'upload-completed', 'upload-filled']) assert.ok(S3_POINTS.includes(point), point)
  })
})
