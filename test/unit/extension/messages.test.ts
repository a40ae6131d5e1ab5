import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

const root = path.resolve(import.meta.dirname, '../../../src/extension');
const files = readdirSync(root, { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts'))
  .map((file) => ({
    file: file.replaceAll(path.sep, '/'),
    code: readFileSync(path.join(root, file), 'utf8').replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, ''),
  }));

function filesWith(pattern: RegExp): string[] {
  return files.filter(({ code }) => pattern.test(code)).map(({ file }) => file);
}

describe('messages of the editor', () => {
  it('are shown by one file, which takes links and icons out of their texts', () => {
    const asks = /\bshow(Information|Warning|Error)Message\b|\bshowInputBox\b|\bsetStatusBarMessage\b/;
    assert.deepEqual(filesWith(asks), ['messages.ts']);
    assert.deepEqual(filesWith(/\bProgressLocation\.(Notification|Window)\b/), ['messages.ts']);
  });

  it('let no input box word itself', () => {
    const boxed = filesWith(/\bcreateInputBox\b/);
    assert.ok(boxed.length > 0);
    for (const file of boxed) {
      const code = files.find((candidate) => candidate.file === file)?.code ?? '';
      assert.doesNotMatch(code, /\bbox\.(title|prompt|validationMessage)\s*=[^=]/, file);
    }
  });

  it('pass every text through the cleaner', () => {
    const code = files.find(({ file }) => file === 'messages.ts')?.code ?? '';
    // Each text that the editor's functions get stands inside a call of messageText.
    const bare = [
      ...code.matchAll(/\b(?:title|prompt|message|detail|validationMessage)[:=] ?(?!string\b)(\S+)/g),
    ]
      .map(([, value]) => value ?? '')
      .filter((value) => !value.startsWith('messageText('));
    assert.deepEqual(bare, []);
    for (const [call] of code.matchAll(/window\.show\w+Message\(\s*\S+/g))
      assert.match(call, /messageText\($|messageText\(\w/);
  });
});
