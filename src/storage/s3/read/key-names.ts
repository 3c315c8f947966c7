import { S3Fault } from '../s3-fault.ts'

/**
 * How a store writes keys in its listings. `form`: as AWS does if an encoding is requested, with a plus sign for a blank. `percent`: the same, but
 * a plus sign is one. `plain`: unchanged.
 */
type Style = 'form' | 'percent' | 'plain'

/** Keys as a listing contains them. */
export interface ListedKeys {
  readonly texts: readonly string[]
  /** The answer announces encoded keys. */
  readonly isAnnounced: boolean
}

/** Reads the keys of a store's listings. */
export interface KeyNames {
  /** `exists` is called only if the texts have several meanings; it resolves with undefined if it is not known. */
  read(listed: ListedKeys, exists: (key: string) => Promise<boolean | undefined>): Promise<readonly string[]>
  /** Whether the meaning is certain, by what was found so far. */
  isClear(listed: ListedKeys): boolean
  /** Throws for a key that no listing of this store can contain, as far as is known. */
  assertListable(key: string): void
}

const MOST_TRIED = 3

/**
 * Some stores announce an encoding and send keys unchanged, others encode them without announcing it, and the meaning of a plus sign differs. Which of
 * them it is, is determined by a request for an object with such a key, once for each storage; stores that do as AWS does usually get no such request.
 */
export function openKeyNames(): KeyNames {
  let possible: readonly Style[] = ['form', 'percent', 'plain']
  const narrow = (styles: readonly Style[]) => {
    if (styles.length === 0) throw new S3Fault('OtherEncoding', 'some keys are encoded, and others are not')
    possible = styles
  }
  const doubtful = ({ texts, isAnnounced }: ListedKeys) => {
    // Everything that must be encoded is encoded: the store does as it announces.
    if (isAnnounced && possible.length === 3 && texts.every((text) => ENCODED.test(text))) return []
    return texts.filter((text) => new Set(possible.map((style) => decoded(text, style))).size > 1)
  }
  return {
    isClear: (listed) => doubtful(listed).length === 0,
    assertListable(key) {
      if (possible.length === 1 && possible[0] === 'plain' && NOT_IN_XML.test(key))
        throw new S3Fault('UnlistableKey', 'the store does not encode keys in listings')
    },
    async read(listed, exists) {
      const { texts, isAnnounced } = listed
      const usual = () => (isAnnounced ? possible.at(0) : possible.at(-1)) ?? 'plain'
      narrow(possible.filter((style) => texts.every((text) => decoded(text, style) !== undefined)))
      const tried = new Set<string>()
      for (let text = nextOf(doubtful(listed), tried); text !== undefined; text = nextOf(doubtful(listed), tried)) {
        tried.add(text)
        const order = isAnnounced ? possible : possible.toReversed()
        const found = await firstExisting([...new Set(order.flatMap((style) => decoded(text, style) ?? []))], exists)
        if (found !== undefined) narrow(possible.filter((style) => decoded(text, style) === found))
      }
      return texts.map((text) => decoded(text, usual()) ?? text)
    },
  }
}

// XML 1.0 cannot contain these, and a carriage return becomes a line feed.
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what this looks for
const NOT_IN_XML = /[\u0000-\u0008\u000b-\u001f\ufffe\uffff]/u

/** Letters, digits and what no encoding changes; the rest as hexadecimal numbers. */
const ENCODED = /^(?:[\w.\-~*/!'()]|%[0-9a-f]{2})*$/iu

/** Undefined: this is not how it is encoded. */
function decoded(text: string, style: Style): string | undefined {
  if (style === 'plain') return text
  try {
    return decodeURIComponent(style === 'form' ? text.replaceAll('+', ' ') : text)
  } catch {
    return undefined
  }
}

function nextOf(texts: readonly string[], tried: ReadonlySet<string>): string | undefined {
  return tried.size === MOST_TRIED ? undefined : texts.find((text) => !tried.has(text))
}

async function firstExisting(keys: readonly string[], exists: (key: string) => Promise<boolean | undefined>): Promise<string | undefined> {
  for (const key of keys) if ((await exists(key)) === true) return key
  return undefined
}
