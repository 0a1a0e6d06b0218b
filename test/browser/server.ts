/** A local server of the pages and of what was built. */
import { readFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import { extname, join, resolve, sep } from 'node:path'

const root = resolve(import.meta.dirname, '../..')
const pages = join(import.meta.dirname, 'pages')

const types: Record<string, string> = { '.html': 'text/html; charset=utf-8', '.js': 'text/javascript; charset=utf-8' }

/**
 * Headers under which a page may compile WebAssembly and run its own scripts, and nothing else. With `blob` in its address it may
 * start workers from blobs, with `isolated` share memory with workers.
 */
function headersOf({ pathname, searchParams }: URL): Record<string, string> {
  const policy = "default-src 'none'; script-src 'self' 'unsafe-inline' 'wasm-unsafe-eval'; worker-src 'self'"
  return {
    'content-type': types[extname(pathname)] ?? 'application/octet-stream',
    'content-security-policy': policy + (searchParams.has('blob') ? ' blob:' : ''),
    ...(searchParams.has('isolated') ? { 'cross-origin-opener-policy': 'same-origin' } : {}),
    // A page that is isolated needs it of the scripts of its workers, too.
    ...(searchParams.has('isolated') || pathname.startsWith('/dist/')
      ? { 'cross-origin-embedder-policy': 'require-corp' }
      : {}),
  }
}

/** Starts the server on a free port of this machine. */
export async function serve(): Promise<{ readonly origin: string; readonly server: Server }> {
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://localhost')
    const { pathname } = url
    const folder = pathname.startsWith('/dist/') ? root : pages
    const file = resolve(join(folder, pathname))
    if (!file.startsWith(folder + sep)) {
      response.writeHead(403).end()
      return
    }
    readFile(file).then(
      content => {
        response.writeHead(200, headersOf(url)).end(content)
      },
      () => response.writeHead(404).end(),
    )
  })
  await new Promise<void>(listening => server.listen(0, '127.0.0.1', listening))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the server has no port')
  return { origin: `http://127.0.0.1:${address.port}`, server }
}
