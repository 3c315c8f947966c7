import assert from 'node:assert/strict'
import { mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { requires } from '../support/requires.ts'
import { lacks, openPlace, type Place } from './place.ts'

const skip = lacks('zstd', 'tar')
const asRoot = requires('root') || skip

/** The members of the archive of an object, below the folder of the place. */
function membersOf(place: Place, object = 'data.tar.zst'): readonly string[] {
  const names = place.shell(`zstd -dc '${place.newestSet()}/${object}' | tar -tf -`).trim().split('\n')
  return names.map((name) => name.replace(place.folder.slice(1), '')).toSorted()
}

function mounted(place: Place, path: string, script: string): void {
  place.shell(script)
  place.atEnd(() => place.shell(`umount -l ${path}`))
}

describe('a source of files: links', () => {
  for (const [name, script, configured] of [
    ['relative', 'ln -s disk/www link', 'link'],
    ['absolute, with a trailing slash', 'ln -s $PWD/disk/www link', 'link/'],
    ['absolute, with a dot at the end', 'ln -s $PWD/disk/www link', 'link/.'],
    ['that is named through a folder below it', 'ln -s disk/www link; mkdir disk/www/sub', 'link/sub/..'],
    ['to another link', 'ln -s second link; ln -s disk/../disk/www/ second', 'link'],
    ['to a file', 'ln -s disk/www/index.html link', 'link'],
    ['above it', 'ln -s disk up', 'up/www'],
    ['that is below a linked folder', 'ln -s disk up; ln -s www disk/now', 'up/now'],
  ] as const) {
    it(`saves what a path leads to: a link ${name}`, { skip }, (t) => {
      const place = openPlace(t)
      mkdirSync(join(place.folder, 'disk/www'), { recursive: true })
      writeFileSync(join(place.folder, 'disk/www/index.html'), 'hello')
      place.shell(script)
      place.configure(`{ data: { files: { paths: [${place.folder}/${configured}] } } }`)
      assert.equal(place.run('-q', 'run', '--strict').status, 0)
      assert.ok(
        membersOf(place).some((member) => member.endsWith('/www/index.html')),
        membersOf(place).join(),
      )
      place.run('-q', 'restore', 'nightly', 'latest', '--to', 'back')
      assert.equal(place.shell(`cat $(find back -name index.html)`), 'hello')
      assert.equal(place.manifest().objects[0]?.coverage?.paths?.[0]?.target !== undefined, name !== 'above it')
    })
  }

  it('fails if the target of a link does not exist', { skip }, (t) => {
    const place = openPlace(t)
    symlinkSync('nothing', join(place.folder, 'link'))
    place.configure(`{ data: { files: { paths: [${place.folder}/link] } } }`)
    const { status, stderr } = place.run('run')
    assert.equal(status, 1)
    assert.match(stderr, /the target of the symbolic link .*link" does not exist: .*nothing"/u)
    symlinkSync('loop', join(place.folder, 'loop'))
    for (const path of ['loop', 'loop/below']) {
      place.configure(`{ data: { files: { paths: [${place.folder}/${path}] } } }`)
      for (const { status: end, stdout, stderr: told } of [place.run('config', 'check'), place.run('run')]) {
        assert.equal(end, 1)
        assert.match(stdout + told, /the path ".*" contains too many symbolic links, or a loop of them/u)
      }
    }
  })
})

describe('a source of files: file systems', () => {
  it('names every mount that is left out, in the run, with --strict, in the preview and in the manifest', { skip: asRoot }, (t) => {
    const place = openPlace(t)
    mkdirSync(join(place.folder, 'data/media/deep'), { recursive: true })
    const media = join(place.folder, 'data/media')
    mounted(place, media, `mount -t tmpfs none ${media}; echo x > ${media}/x`)
    place.configure(`{ data: { files: { paths: [${place.folder}/data] } } }`)
    const { status, stderr } = place.run('run', '--strict')
    assert.equal(status, 3)
    assert.ok(stderr.includes(`the file system mounted at "${media}" (tmpfs) is left out`), stderr)
    assert.deepEqual(place.manifest().objects[0]?.coverage?.leftOut, [{ what: media, reason: 'mount' }])
    for (const words of [['show'], ['run', '--dry-run'], ['config', 'check']])
      assert.match(place.run(...words).stdout, /data\/media" \(tmpfs\) is left out/u)
    for (const more of [`, exclude: [${media}]`, ', exclude: [media]', ', one-file-system: false']) {
      place.configure(`{ data: { files: { paths: [${place.folder}/data]${more} } } }`)
      assert.deepEqual(place.run('-q', 'run', '--strict'), { status: 0, stdout: '', stderr: '' }, more)
    }
    place.configure(`{ data: { files: { paths: [${place.folder}/data, ${media}] } } }`)
    assert.equal(place.run('-q', 'run', '--strict').status, 0)
    assert.ok(membersOf(place).includes('/data/media/x'))
  })

  it('lists saved and omitted parts in one line, wherever a set is listed', { skip: asRoot }, (t) => {
    const place = openPlace(t)
    mkdirSync(join(place.folder, 'data/media'), { recursive: true })
    const [data, media] = [join(place.folder, 'data'), join(place.folder, 'data/media')]
    mounted(place, media, `mount -t tmpfs none ${media}`)
    symlinkSync('data', join(place.folder, 'link'))
    place.shell(`echo x > data/x; perl -MIO::Socket::UNIX -e 'IO::Socket::UNIX->new(Local => "data/socket", Listen => 1)'`)
    const [last, message] = [
      join(place.folder, 'message'),
      'notifiers: { last: { type: exec, command: { argv: [/bin/sh, -c, "cat > $HOME/message"] } } }',
    ]
    place.configure(`{ data: { files: { paths: [${place.folder}/link] } } }`, `${message}\nnotify: [{ to: last, on: [success] }]`)
    const paths = `"${place.folder}/link" (a link to "${data}")`
    const missing = `left out: "${media}" (another file system)`
    assert.ok(place.run('run', '--dry-run').stdout.includes(`would contain: files of ${paths}; ${missing}`))
    assert.equal(place.run('-q', 'run').status, 0)
    const { coverage, facts } = place.manifest().objects[0] ?? {}
    assert.equal(coverage?.skipped, 1)
    // "x" with a line break.
    assert.equal(coverage?.bytes, 2)
    const counts = `${String(facts?.['entries'])} files and folders with 2 B`
    assert.ok(place.run('show').stdout.includes(`${counts} of ${paths}; 1 skipped; ${missing}`), place.run('show').stdout)
    const all = `${counts}; 1 skipped; left out: 1 file system`
    for (const words of [['sets'], ['sets', '--json']]) assert.ok(place.run(...words).stdout.includes(all), place.run(...words).stdout)
    assert.ok(readFileSync(last, 'utf8').includes(all), readFileSync(last, 'utf8'))
  })

  it('does not name files that are mounted onto others, which are saved', { skip: asRoot }, (t) => {
    const place = openPlace(t)
    place.shell('mkdir data other; touch data/hosts')
    mounted(place, join(place.folder, 'other'), `mount -t tmpfs none other; echo x > other/hosts`)
    mounted(place, join(place.folder, 'data/hosts'), 'mount --bind other/hosts data/hosts')
    place.configure(`{ data: { files: { paths: [${place.folder}/data] } } }`)
    assert.deepEqual(place.run('-q', 'run', '--strict'), { status: 0, stdout: '', stderr: '' })
    assert.equal(place.shell(`zstd -dc '${place.newestSet()}/data.tar.zst' | tar -xOf - ${place.folder.slice(1)}/data/hosts`), 'x\n')
  })

  it('fails without a required mount', { skip: asRoot }, (t) => {
    const place = openPlace(t)
    mkdirSync(join(place.folder, 'data'))
    writeFileSync(join(place.folder, 'data/placeholder'), '')
    for (const form of [`${place.folder}/data`, `[${place.folder}, ${place.folder}/data]`]) {
      place.configure(`{ data: { files: { paths: [${place.folder}/data], require-mount: ${form} } } }`)
      const { status, stderr } = place.run('run')
      assert.equal(status, 1)
      assert.match(stderr, /nothing is mounted at/u)
      assert.equal(place.run('run', '--dry-run').status, 1)
    }
    mounted(place, join(place.folder, 'data'), `mount -t tmpfs none ${place.folder}/data; echo x > ${place.folder}/data/x`)
    place.configure(`{ data: { files: { paths: [${place.folder}/data], require-mount: ${place.folder}/data } } }`)
    assert.equal(place.run('-q', 'run').status, 0)
  })
})

describe('a source of files: paths of which nothing is saved', () => {
  it('warns of a path that a pattern excludes, before and in the run', { skip }, (t) => {
    const place = openPlace(t)
    place.shell('mkdir data more; echo x >data/x; echo y >more/y; ln -s more link')
    place.configure(`{ data: { files: { paths: [${place.folder}/data, ${place.folder}/link], exclude: [more] } } }`)
    const warning = /nothing of "\S+\/link" is saved: a pattern of "exclude" matches it; correct the pattern, or remove the path/u
    assert.match(place.run('config', 'check').stdout, warning)
    const { status, stderr } = place.run('run', '--strict')
    assert.equal(status, 3)
    assert.match(stderr, warning)
    assert.deepEqual(place.manifest().objects[0]?.coverage?.leftOut, [{ what: `${place.folder}/link`, reason: 'excluded' }])
    assert.match(place.run('sets').stdout, /left out: 1 path/u)
  })

  it('warns of a socket', { skip }, (t) => {
    const place = openPlace(t)
    place.shell('mkdir data; echo x >data/x; python3 -c "import socket; socket.socket(socket.AF_UNIX).bind(\'s\')"')
    place.configure(`{ data: { files: { paths: [${place.folder}/data, ${place.folder}/s] } } }`)
    const { status, stderr } = place.run('run', '--strict')
    assert.equal(status, 3)
    assert.match(stderr, /"\S+\/s" is a socket, which cannot be saved; remove it from "paths"/u)
    assert.match(place.run('show').stdout, /left out: "\S+\/s" \(a socket\)/u)
  })

  it('warns of devices and named pipes, whose contents no archive has; alone they make a suspicious set', { skip }, (t) => {
    const place = openPlace(t)
    place.shell('mkdir data; echo x >data/x; mkfifo pipe; ln -s /dev/null device')
    place.configure(`{ data: { files: { paths: [${place.folder}/data, ${place.folder}/pipe, ${place.folder}/device] } } }`)
    const warning = /"\S+\/pipe" is a named pipe, whose contents are not saved; [^\n]*\n[^\n]*"\S+\/device" is a device, whose contents/u
    assert.match(place.run('config', 'check').stdout, warning)
    const { status, stderr } = place.run('run', '--strict')
    assert.equal(status, 3)
    assert.match(stderr, warning)
    assert.doesNotMatch(stderr, /suspicious/u)
    assert.match(place.run('show').stdout, /left out: "\S+\/pipe" \(contents of a named pipe\), "\S+\/device" \(contents of a device\)/u)
    place.configure(`{ disk: { files: { paths: [${place.folder}/device] } } }`)
    assert.match(place.run('run').stderr, /the new set is suspicious: object "disk.tar.zst": no files were saved/u)
  })

  it('makes a suspicious set if there are no other paths', { skip }, (t) => {
    const place = openPlace(t)
    place.shell('mkdir data; echo x >data/x')
    place.configure(`{ data: { files: { paths: [${place.folder}/data], exclude: ["*"] } } }`)
    assert.match(place.run('run').stderr, /the new set is suspicious: object "data.tar.zst": no files were saved/u)
  })
})

describe('a source of files: folders of Holdfast', () => {
  const sets = (place: Place) => membersOf(place).filter((member) => member.includes('/root/nightly'))

  it('leaves out sets, also by a bind mount, by a link, and with patterns in their names', { skip: asRoot }, (t) => {
    const place = openPlace(t)
    mkdirSync(join(place.folder, 'other'))
    writeFileSync(join(place.folder, 'kept'), 'x')
    symlinkSync(place.folder, join(place.folder, 'other/link'))
    mkdirSync(join(place.folder, 'bound'))
    mounted(place, `${place.folder}/bound`, `mount --bind ${place.folder} ${place.folder}/bound`)
    for (const path of ['', '/other/link', '/bound']) {
      place.configure(`{ data: { files: { paths: [${place.folder}${path}] } } }`)
      for (const _ of [1, 2]) assert.equal(place.run('-q', 'run').status, 0)
      assert.deepEqual(sets(place), [], path)
      assert.ok(membersOf(place).some((member) => member.endsWith('/kept')))
      const names = place.manifest().objects[0]?.coverage?.leftOut?.map(({ what }) => what)
      assert.ok(names?.some((it) => it.endsWith('/root/nightly')) && names.some((it) => it.endsWith('/state')), names?.join())
    }
    assert.match(place.run('config', 'show').stdout, /left out of files: .*root\/nightly/u)
  })

  it('keeps what else is beside the sets, and refuses to save the folder of its own sets', { skip }, (t) => {
    const place = openPlace(t)
    mkdirSync(join(place.folder, 'root/nightly-data'), { recursive: true })
    writeFileSync(join(place.folder, 'root/nightly-data/x'), '')
    place.configure(`{ data: { files: { paths: [${place.folder}/root] } } }`)
    assert.equal(place.run('-q', 'run').status, 0)
    assert.ok(membersOf(place).includes('/root/nightly-data/x'))
    rmSync(join(place.folder, 'root'), { recursive: true })
    place.configure(`{ data: { files: { paths: [${place.folder}/root/nightly] } } }`)
    for (const words of [['run'], ['run', '--dry-run']]) {
      const { status, stdout, stderr } = place.run(...words)
      assert.equal(status, 1)
      assert.match(stdout + stderr, /is inside of .*, where the step stores its sets/u)
    }
  })
})
