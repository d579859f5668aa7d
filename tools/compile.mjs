// TypeScript to JavaScript: ES modules as `tsc -p` makes them, and CommonJS, a file for a file.
import ts from 'typescript';

const host = {
  getCanonicalFileName: (name) => name,
  getCurrentDirectory: ts.sys.getCurrentDirectory,
  getNewLine: () => '\n',
};

/** Emits what the configuration says, and returns the program. Ends the process when there are errors. */
export function compile(configuration) {
  const { fileNames, options, errors } = ts.getParsedCommandLineOfConfigFile(configuration, {}, ts.sys);
  const program = ts.createProgram(fileNames, options);
  const diagnostics = [...errors, ...ts.getPreEmitDiagnostics(program), ...program.emit().diagnostics];
  if (diagnostics.length > 0) {
    console.error(ts.formatDiagnosticsWithColorAndContext(diagnostics, host));
    process.exit(1);
  }
  return program;
}

const COMMONJS = {
  module: ts.ModuleKind.CommonJS,
  target: ts.ScriptTarget.ES2018,
  esModuleInterop: true,
  rewriteRelativeImportExtensions: true,
  useDefineForClassFields: false,
};

/** The CommonJS of a module. Its `import()` becomes a `require()` too, since Jest has no `import()` without a flag. */
export function toCommonJs(source) {
  return ts.transpileModule(source, { compilerOptions: COMMONJS }).outputText;
}
