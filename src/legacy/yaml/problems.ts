/** What the parser's error codes mean, in our words: its own messages may quote the file, and so a secret. */
const PROBLEMS: ReadonlyMap<string, readonly [message: string, hint?: string]> = new Map(
  Object.entries({
    ALIAS_PROPS: ['an alias cannot have a tag or an anchor'],
    BAD_ALIAS: ['"*" begins an alias, and there is no anchor of that name before it', 'Put the text in quotes if no alias is meant.'],
    BAD_COLLECTION_TYPE: ['a tag that does not fit'],
    BAD_DIRECTIVE: ['a directive that is not known', 'A line that begins with "%" is one.'],
    BAD_DQ_ESCAPE: ['an unknown escape in double quotes', 'Use single quotes where backslashes are to stay.'],
    BAD_INDENT: ['the indentation does not fit', 'What belongs together begins in the same column.'],
    BAD_PROP_ORDER: ['anchors and tags stand before the value, on the same line'],
    BAD_SCALAR_START: ['a plain text cannot begin with this character', 'Put the text in quotes.'],
    BLOCK_AS_IMPLICIT_KEY: ['a mapping or a list begins in the middle of a line', 'Begin it on a line of its own, or put the text in quotes.'],
    BLOCK_IN_FLOW: ['an indented list or mapping inside brackets', 'Use brackets inside brackets.'],
    KEY_OVER_1024_CHARS: ['a key of more than 1024 characters'],
    MISSING_CHAR: ['a character is missing: a quote, a bracket, a comma, a colon or a blank after one'],
    MULTILINE_IMPLICIT_KEY: ['a key that goes over several lines', 'A colon, or a closing quote, may be missing.'],
    MULTIPLE_ANCHORS: ['two anchors on one value'],
    MULTIPLE_DOCS: ['a second document in one file', 'Remove the line "---" or "..." and what follows.'],
    MULTIPLE_TAGS: ['two tags on one value'],
    NON_STRING_KEY: ['a key that is no string'],
    TAB_AS_INDENT: ['a tab in the indentation', 'Indent with blanks.'],
    TAG_RESOLVE_FAILED: ['a tag that is not known', 'Put the text in quotes if it begins with "!".'],
    UNEXPECTED_TOKEN: ['this does not belong here', 'A quote or a bracket may be missing before it.'],
  }),
)

export function problemOf(code: string): readonly [message: string, hint?: string] {
  return PROBLEMS.get(code) ?? ['this is no YAML that is understood']
}
