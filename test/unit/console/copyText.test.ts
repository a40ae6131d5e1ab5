import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { clusterSummary, copyId, copyJson, copyMarkdown, copyName } from '../../../src/console/copyText.ts';
import { editorCommandLink, markdownText } from '../../../src/console/markdown.ts';
import {
  buildFleet,
  buildLostNode,
  buildNode,
  buildResource,
  builtAtMs,
} from '../../support/fleetBuilders.ts';
import { openModel } from './support.ts';

const { model } = openModel({
  demo: {
    ...buildFleet('prod'),
    nodes: [buildNode('pve1'), buildLostNode('pve2', builtAtMs - 42_000)],
    resources: [buildResource(105, { name: 'db_[x]', state: 'error', node: 'pve2' })],
  },
});

describe('copies', () => {
  it('put no control characters on the clipboard', () => {
    const hostile = openModel({
      demo: {
        ...buildFleet('prod'),
        resources: [buildResource(105, { name: 'db\nrm -rf ~\n\u001b[2J\u202e' })],
      },
    });
    const name = copyName(hostile.model, 'ha:demo.prod/vm:105') ?? '';
    assert.doesNotMatch(name, /[\p{Cc}\p{Cf}]/u);
    assert.match(name, /^db\ufffdrm/);
  });

  it('give id and name of what a row shows', () => {
    assert.equal(copyId(model, 'attention:demo.prod/ha/vm:105'), 'prod/vm:105');
    assert.equal(copyId(model, 'cluster:demo.prod'), 'prod');
    assert.equal(copyName(model, 'ha:demo.prod/vm:105'), 'db_[x]');
    assert.equal(copyId(model, 'cat:demo.prod/nodes'), null);
    assert.equal(copyJson(model, 'connection:demo'), null);
  });

  it('say state, meaning, next step and age of one object', () => {
    const text = copyMarkdown(model, 'ha:demo.prod/vm:105', builtAtMs) ?? '';
    assert.match(text, /^\*\*vm:105 db\\_\\\[x\\\]\*\* \(prod\/pve2\): error\n/);
    assert.match(text, /HA tried and gave up[\s\S]*Next: Recover/);
    assert.match(text, /Read at 2026-01-01T00:00:00\.000Z/);
  });

  it('sum a cluster up', () => {
    const text = clusterSummary(model, 'cluster:demo.prod', builtAtMs) ?? '';
    for (const line of [
      '- Votes: ≈ 3 of 3, need 2',
      '- HA stack: armed',
      '- Nodes: 2 · 1 lost',
      '- pve2 lost 0:42',
      '- prod/vm:105: error',
    ])
      assert.ok(text.includes(line), `${line} is missing in\n${text}`);
    assert.equal(copyMarkdown(model, 'cluster:demo.prod', builtAtMs), text);
  });

  it('give the record as JSON', () => {
    assert.equal(JSON.parse(copyJson(model, 'ha:demo.prod/vm:105') ?? '{}').sid, 'vm:105');
  });
});

describe('Markdown of hovers', () => {
  it('lets nothing through that could become markup', () => {
    const escaped = markdownText('# *a* _b_ `c` [d](e) <f> | ~g~ $(zap) http://h www.i j@k.l &amp; \\');
    const source = escaped.replaceAll(/&(#36|amp|lt|gt);/g, '').replaceAll('\\\\', '');
    assert.doesNotMatch(source, /(?<!\\)[#*_`[\]()|~]|[<>$&]|(?<!\\)[:.@](?=\S)/);
    assert.ok(escaped.includes('&#36;\\(zap\\)'));
    assert.ok(escaped.includes('&amp;amp;'));
  });

  it('encodes the argument of a command link', () => {
    const link = editorCommandLink('Open', 'proxbox.cluster.openHaStatus', 'cluster:a.b) [x](y');
    assert.match(link, /^\[Open\]\(command:proxbox\.cluster\.openHaStatus\?[^ ]*\)$/);
  });
});
