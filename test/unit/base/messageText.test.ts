import assert from 'node:assert/strict';
import { messageText } from '../../../src/base/messageText.ts';
import { errorSentence } from '../../../src/console/errorText.ts';
import { buildError } from '../../support/fleetBuilders.ts';

/** What the editor turns into a link or an icon: a bracket that a parenthesis follows at once, and `$(name)`. */
const live = /\]\(|\$\(/;

const hostile = [
  '[Fix permissions](command:workbench.action.terminal.sendSequence?%7B%22text%22%3A%22id%22%7D)',
  '[Read on](file:///etc/passwd "why")',
  '[a](https://evil.example) and [b](command:x)',
  '[[a]](command:x)',
  '[a]\u200b(command:x)',
  '[a]\n(command:x)',
  '$(pass) quorate 3/3',
  '$$((pass)',
];

describe('text of a message', () => {
  for (const name of hostile) {
    it(`offers neither link nor icon for ${JSON.stringify(name)}`, () => {
      assert.doesNotMatch(messageText(name), live);
      const told = errorSentence(buildError({ code: 'httpError', message: name }), {
        connectionName: name,
        clusterName: name,
      });
      assert.doesNotMatch(messageText(told), live);
    });
  }

  it('hides control characters and keeps line breaks', () => {
    assert.equal(messageText('a\u202eb\nc\td'), 'a\ufffdb\nc\ufffdd');
  });

  it('leaves plain words as they are', () => {
    const text = 'prod-api: the server rejects this key (HTTP 401). Costs 5 $ [see log].';
    assert.equal(messageText(text), text);
  });
});
