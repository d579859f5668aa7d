// The names of private members that mean nothing else in src, so that a single-file build may shorten them.
import ts from 'typescript';

/** The names that are declared `private`, without those that any other property has too. */
export function privateNames(program) {
  const checker = program.getTypeChecker();
  const isBundled = ({ isDeclarationFile, fileName }) => !isDeclarationFile && !fileName.includes('/src/cli/');
  const files = program.getSourceFiles().filter(isBundled);
  const names = new Set();
  const isPrivate = (declaration) =>
    ts.isClassElement(declaration) && (ts.getCombinedModifierFlags(declaration) & ts.ModifierFlags.Private) !== 0;

  function collect(node) {
    if (ts.isClassElement(node) && node.name !== undefined && isPrivate(node)) names.add(node.name.text);
    ts.forEachChild(node, collect);
  }

  /** Whether a node with such a name names a private member, or a variable. */
  function mayBeShortened(node) {
    if (!ts.isIdentifier(node)) return false; // a string may be the name of a property at run time
    const { parent } = node;
    if (ts.isBindingElement(parent) && ts.isObjectBindingPattern(parent.parent)) {
      const source = checker.getTypeAtLocation(parent.parent).getProperty((parent.propertyName ?? parent.name).text);
      return node !== (parent.propertyName ?? parent.name) || source?.declarations?.every(isPrivate) === true;
    }
    if (ts.isShorthandPropertyAssignment(parent)) return false;
    const isProperty =
      (ts.isPropertyAccessExpression(parent) && parent.name === node) ||
      ((ts.isClassElement(parent) || ts.isTypeElement(parent) || ts.isObjectLiteralElement(parent)) &&
        parent.name === node);
    if (!isProperty) return true;
    const { declarations = [] } = checker.getSymbolAtLocation(node) ?? {};
    return declarations.length > 0 && declarations.every(isPrivate);
  }

  function sift(node) {
    if ((ts.isIdentifier(node) || ts.isStringLiteralLike(node)) && names.has(node.text) && !mayBeShortened(node))
      names.delete(node.text);
    ts.forEachChild(node, sift);
  }

  files.forEach(collect);
  files.forEach(sift);
  return [...names].sort();
}
