import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { execa } from 'execa'

/** Files in PEM form. */
export interface Certificates {
  readonly ca: string
  readonly cert: string
  readonly key: string
}

/** A certification authority of our own, and what a server on 127.0.0.1 needs. */
export const makeCertificates = async (folder: string): Promise<Certificates> => {
  await mkdir(folder, { recursive: true })
  const at = (name: string) => join(folder, name)
  const openssl = (...args: string[]) => execa('openssl', args, { cwd: folder, stdin: 'ignore' })
  const request = ['req', '-newkey', 'rsa:2048', '-nodes', '-sha256']
  await openssl(...request, '-x509', '-days', '2', '-subj', '/CN=ours', '-keyout', at('ca.key'), '-out', at('ca.pem'))
  await openssl(...request, '-subj', '/CN=127.0.0.1', '-keyout', at('server.key'), '-out', at('server.csr'))
  const signed = ['-CA', at('ca.pem'), '-CAkey', at('ca.key'), '-CAcreateserial', '-days', '2', '-sha256']
  await execa('sh', ['-c', 'echo subjectAltName=IP:127.0.0.1 > "$1"', 'sh', at('names')])
  await openssl('x509', '-req', '-in', at('server.csr'), ...signed, '-extfile', at('names'), '-out', at('server.pem'))
  // The server reads them as another user, in a container.
  await execa('chmod', ['-R', 'a+rX', folder])
  return { ca: at('ca.pem'), cert: at('server.pem'), key: at('server.key') }
}
