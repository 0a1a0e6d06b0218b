/** A local server of the pages and of what was built. */
import { readFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import { extname, join, resolve, sep } from 'node:path'

const root = resolve(import.meta.dirname, '../..')
const pages = join(import.meta.dirname, 'pages')

const types: Record<string, string> = { '.html': 'text/html; charset=utf-8', '.js': 'text/javascript; charset=utf-8' }

/** Headers under which a page may compile WebAssembly and run its own scripts, and nothing else. */
const policy = "default-src 'none'; script-src 'self' 'unsafe-inline' 'wasm-unsafe-eval'; worker-src 'self'"

/** Starts the server on a free port of this machine. */
export async function serve(): Promise<{ readonly origin: string; readonly server: Server }> {
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://localhost')
    const folder = pathname.startsWith('/dist/') ? root : pages
    const file = resolve(join(folder, pathname))
    if (!file.startsWith(folder + sep)) {
      response.writeHead(403).end()
      return
    }
    readFile(file).then(
      content => {
        const type = types[extname(file)] ?? 'application/octet-stream'
        response.writeHead(200, { 'content-type': type, 'content-security-policy': policy }).end(content)
      },
      () => response.writeHead(404).end(),
    )
  })
  await new Promise<void>(listening => server.listen(0, '127.0.0.1', listening))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the server has no port')
  return { origin: `http://127.0.0.1:${address.port}`, server }
}
