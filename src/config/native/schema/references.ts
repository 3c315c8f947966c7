/** The forms of references to secrets, for messages and descriptions. */
// biome-ignore lint/suspicious/noTemplateCurlyInString: this is the form itself
export const REFERENCES = '${env:NAME}, ${file:/path} or ${credential:NAME}'
export const REFER_HINT = `Use a reference: ${REFERENCES}.`

/** The hint for an address without encryption. */
export const HTTPS_HINT = 'Use "https://" if the server supports it.'
