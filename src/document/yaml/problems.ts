/** What the parser's error codes mean, in our words: its own messages may quote the file, and so a secret. */
const PROBLEMS: ReadonlyMap<string, readonly [message: string, hint?: string]> = new Map(
  Object.entries({
    ALIAS_PROPS: ['an alias cannot have a tag or an anchor'],
    BAD_ALIAS: ['unknown anchor: "*" starts an alias', 'If no alias is meant, put the text in quotes.'],
    BAD_COLLECTION_TYPE: ['the tag does not match the value'],
    BAD_DIRECTIVE: ['unknown directive', 'A line that starts with "%" is a directive.'],
    BAD_DQ_ESCAPE: ['unknown escape sequence in double quotes', 'To keep backslashes, use single quotes.'],
    BAD_INDENT: ['inconsistent indentation', 'Start entries of the same level in the same column.'],
    BAD_PROP_ORDER: ['an anchor or tag must be before its value, on the same line'],
    BAD_SCALAR_START: ['unquoted text cannot start with this character', 'Put the text in quotes.'],
    BLOCK_AS_IMPLICIT_KEY: ['a mapping or list cannot start in the middle of a line', 'Start it on its own line, or put the text in quotes.'],
    BLOCK_IN_FLOW: ['an indented list or mapping is not allowed inside brackets', 'Use brackets inside brackets.'],
    KEY_OVER_1024_CHARS: ['the key is longer than 1024 characters'],
    MISSING_CHAR: ['missing quote, bracket, comma, colon, or space after one of these'],
    MULTILINE_IMPLICIT_KEY: ['the key extends over several lines', 'A colon or a closing quote may be missing.'],
    MULTIPLE_ANCHORS: ['the value has two anchors'],
    MULTIPLE_DOCS: ['the file contains a second document', 'Remove the line "---" or "..." and everything after it.'],
    MULTIPLE_TAGS: ['the value has two tags'],
    NON_STRING_KEY: ['the key is not a string'],
    TAB_AS_INDENT: ['the indentation contains a tab', 'Indent with spaces.'],
    TAG_RESOLVE_FAILED: ['unknown tag', 'If the text starts with "!", put it in quotes.'],
    UNEXPECTED_TOKEN: ['unexpected token', 'A quote or bracket may be missing before it.'],
  }),
)

export function problemOf(code: string): readonly [message: string, hint?: string] {
  return PROBLEMS.get(code) ?? ['invalid YAML']
}
