import type { PathProblem } from './trusted-path.ts'

/** The first link on a path that other users can change: it may lead to any file. */
export function foreignLinkOf(problems: readonly PathProblem[]): PathProblem | undefined {
  return problems.find(({ kind }) => kind === 'link')
}

/** The hint for such a link. `howToTrust`: where its users can be trusted. */
export function hintForLink(howToTrust = '--trust-root'): string {
  return `Use the path without the link; or make root the owner of the link and its folder, and allow only root to write there; or trust all users who can change it: ${howToTrust}.`
}
