import { execFileSync } from 'node:child_process'

/** Makes a folder with `count` folders inside each other, each with a name of 200 bytes, and in the innermost one a file with a link of each kind. */
export function nestFolders(folder: string, count: number): void {
  const program = [
    'import os, sys',
    'os.makedirs(sys.argv[1]); os.chdir(sys.argv[1])',
    "for _ in range(int(sys.argv[2])): os.mkdir('d' * 200); os.chdir('d' * 200)",
    "open('leaf', 'w').close(); os.link('leaf', 'link'); os.symlink('leaf', 'symlink')",
  ]
  execFileSync('python3', ['-c', program.join('\n'), folder, String(count)])
}
