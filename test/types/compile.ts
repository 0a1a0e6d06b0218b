/** Compiles small programs that use the library, all in one go, and gives what the compiler says about each. */
import { resolve } from 'node:path'
import ts from 'typescript'

/** One message of the compiler: the text, all lines of it, and the code that it underlines. */
export interface Diagnostic {
  readonly text: string
  readonly at: string
}

/** Compiles each program as a module of its own, as strictly as this repository; gives the diagnostics of each, in order. */
export function compile(programs: readonly string[]): Diagnostic[][] {
  const { options } = configuration()
  const sources = new Map(
    programs.map((program, i) => [resolve(import.meta.dirname, `program-${String(i)}.ts`), program]),
  )
  const disk = ts.createCompilerHost(options)
  const host: ts.CompilerHost = {
    ...disk,
    fileExists: name => sources.has(name) || disk.fileExists(name),
    readFile: name => sources.get(name) ?? disk.readFile(name),
    getSourceFile: (name, version, ...rest) => {
      const source = sources.get(name)
      if (source === undefined) return disk.getSourceFile(name, version, ...rest)
      return ts.createSourceFile(name, source, version)
    },
  }
  const program = ts.createProgram([...sources.keys()], options, host)
  return [...sources.keys()].map(name => {
    const file = program.getSourceFile(name)
    if (file === undefined) throw new Error(`${name} is not part of the program`)
    return [...program.getSyntacticDiagnostics(file), ...program.getSemanticDiagnostics(file)].map(
      ({ messageText, start = 0, length = 0 }) => ({
        text: ts.flattenDiagnosticMessageText(messageText, '\n'),
        at: file.text.slice(start, start + length),
      }),
    )
  })
}

function configuration(): ts.ParsedCommandLine {
  const file = resolve(import.meta.dirname, 'tsconfig.json')
  const parsed = ts.getParsedCommandLineOfConfigFile(
    file,
    { types: [], noUnusedLocals: false, noUnusedParameters: false },
    {
      ...ts.sys,
      onUnRecoverableConfigFileDiagnostic: ({ messageText }) => {
        throw new Error(ts.flattenDiagnosticMessageText(messageText, '\n'))
      },
    },
  )
  if (parsed === undefined) throw new Error(`${file} could not be read`)
  return parsed
}
