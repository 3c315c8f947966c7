import { DAY_MS } from '../../../lib/durations.ts'
import { isNetwork } from '../../../lib/networks.ts'
import { forms } from '../form/forms.ts'
import { key, mapping, required } from '../form/mapping.ts'
import { absolutePath, duration, filledText, issueText } from './schema-helpers.ts'

const network = filledText.refine(
  isNetwork,
  issueText('invalid address or network', 'Write an address such as 192.0.2.7, or a network such as 10.0.0.0/8.'),
)

const port = forms.int().min(1, issueText('expected a port from 1 to 65535')).max(65_535, issueText('expected a port from 1 to 65535'))

/** The addresses of the web server, and its clients. */
export const web = mapping(() => ({
  host: key('Address to listen on. Default: 127.0.0.1.', filledText),
  port: key('Port to listen on. Default: 5555, or 5556 for the API alone.', port),
  'api-port': key('Port of the API alone (`web start --api`). Required to run both servers if `port` is configured. Default: that of `port`.', port),
  tls: key(
    'Certificate for https. Both files are read again when they change.',
    mapping(() => ({
      certificate: required('Path of the certificate with its chain, in PEM.', absolutePath),
      key: required('Path of its private key, in PEM.', absolutePath),
    })),
  ),
  'base-path': key(
    'Path below which a proxy serves the pages, such as /holdfast. Default: none.',
    forms.string().regex(/^(?:\/[\w.~-]+)*\/?$/u, issueText('invalid path', 'Write a path such as /holdfast.')),
  ),
  names: key('Host names by which the server is accessed, in addition to the name of this host and IP addresses.', forms.list(filledText)),
  'trusted-proxies': key(
    'Addresses and networks of proxies whose X-Forwarded-For and X-Forwarded-Proto headers are used. Default: none.',
    forms.list(network),
  ),
  audit: key(
    'Limits of the audit log. Each removal of lines is itself recorded.',
    mapping(() => ({
      'keep-time': key(
        'How long lines are kept. Default: 730d.',
        duration.refine((it) => it >= DAY_MS, issueText('expected at least one day', 'Write a number of days, such as 730d.')),
      ),
      'keep-lines': key(
        'Maximum number of lines; the newest are kept. Default: 1000000.',
        forms.int().min(1000, issueText('expected a number of at least 1000')),
      ),
    })),
  ),
  allow: key(
    'Addresses and networks, in addition to this host, that can read the API of KristaBackup and the metrics without a token. Default: none.',
    forms.list(network),
  ),
}))
