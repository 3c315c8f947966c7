import { errorsOf } from '../../lib/errors.ts'

type Kind = 'no-key' | 'bad-signature' | 'bad-digest' | 'unreadable' | 'not-replaceable' | 'does-not-start' | 'older' | 'no-previous'

/** Why the program was not replaced. */
export class UpgradeError extends errorsOf('upgrade')<Kind> {}
