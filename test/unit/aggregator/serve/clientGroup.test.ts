import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { clientGroup } from '../../../../src/aggregator/serve/access/clientGroup.ts';

describe('client groups', () => {
  const rows: [address: string, group: string][] = [
    ['10.0.0.1', '10.0.0.1'],
    ['::ffff:10.0.0.1', '10.0.0.1'],
    ['::ffff:a00:1', '10.0.0.1'],
    ['0:0:0:0:0:ffff:192.168.255.1', '192.168.255.1'],
    ['2001:db8:0:7::1', '2001:db8:0:7::/64'],
    ['2001:DB8:0:7:ffff:ffff:ffff:ffff', '2001:db8:0:7::/64'],
    ['2001:db8::7:0:0:0:1', '2001:db8:0:7::/64'],
    ['2001:db8:0:8::1', '2001:db8:0:8::/64'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['::1', '0:0:0:0::/64'],
    ['::', '0:0:0:0::/64'],
    ['64:ff9b::10.0.0.1', '64:ff9b:0:0::/64'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64%eth0'],
    ['fe80::2%eth1', 'fe80:0:0:0::/64%eth1'],
    ['', ''],
    ['unix', 'unix'],
    ['1::2::3', '1::2::3'],
  ];
  for (const [address, group] of rows) {
    it(`count "${address}" as "${group}"`, () => assert.equal(clientGroup(address), group));
  }
});
