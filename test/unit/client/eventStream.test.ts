import assert from 'node:assert/strict';
import { EventStreamParser, type StreamEvent } from '../../../src/client/eventStream.ts';

function read(chunks: readonly string[]): StreamEvent[] {
  const events: StreamEvent[] = [];
  const parser = new EventStreamParser((event) => events.push(event));
  for (const chunk of chunks) parser.push(chunk);
  return events;
}

const text =
  '\ufeff: hello\r\nid: a.1\r\nevent: delta\r\ndata: {"a":\r\ndata: 1}\r\n\r\ndata:x\n\nid: a.2\revent: e\rdata: y\r\r';
const expected = [
  { event: 'delta', data: '{"a":\n1}', id: 'a.1' },
  { event: 'message', data: 'x', id: 'a.1' },
  { event: 'e', data: 'y', id: 'a.2' },
];

describe('event stream', () => {
  it('reads events with any line ending, comments and several data lines', () => {
    assert.deepEqual(read([text]), expected);
  });
  it('reads the same wherever the text is cut', () => {
    for (let cut = 1; cut < text.length; cut += 1) {
      assert.deepEqual(read([text.slice(0, cut), text.slice(cut)]), expected, `cut at ${cut}`);
    }
    assert.deepEqual(read([...text]), expected);
  });
  it('makes no event of a frame without data, nor of one that has not ended', () => {
    assert.deepEqual(read(['event: e\n\ndata: never ended\n']), []);
  });
});
