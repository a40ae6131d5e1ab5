import '../shared/theme.css';
import './panel.css';
import type { FromHaStatusPage, ToHaStatusPage } from '../../src/contract/panels.ts';
import { setHostClock } from '../shared/age.ts';
import { connectHost, isRecord } from '../shared/bridge.ts';
import { openFrame } from '../shared/pageFrame.ts';
import { PageMemory } from '../shared/pageState.ts';
import { HaStatusView } from './view.ts';

const root = openFrame();

const link = connectHost<ToHaStatusPage, FromHaStatusPage>({
  model: {
    isWhole: ({ nowMs, model }) =>
      typeof nowMs === 'number' && isRecord(model) && isRecord(model.header) && isRecord(model.tables),
    handle: ({ nowMs, model }) => {
      setHostClock(nowMs);
      view.setModel(model);
    },
  },
  patch: {
    isWhole: ({ nowMs, header, tables }) => typeof nowMs === 'number' && isRecord(header) && isRecord(tables),
    handle: ({ nowMs, header, tables }) => {
      setHostClock(nowMs);
      view.applyPatch(header, tables);
    },
  },
});

const view = new HaStatusView(root, new PageMemory(link), (message) => link.post(message));
link.post({ type: 'ready' });
