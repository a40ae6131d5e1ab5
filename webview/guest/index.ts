import 'uplot/dist/uPlot.min.css';
import '../shared/theme.css';
import './panel.css';
import type { FromGuestPage, ToGuestPage } from '../../src/contract/panels.ts';
import { setHostClock } from '../shared/age.ts';
import { connectHost, isRecord } from '../shared/bridge.ts';
import { openFrame } from '../shared/pageFrame.ts';
import { PageMemory } from '../shared/pageState.ts';
import { GuestView } from './view.ts';

const parts = ['header', 'ha', 'guest', 'load', 'tasks', 'config'];
const root = openFrame();

const link = connectHost<ToGuestPage, FromGuestPage>({
  model: {
    isWhole: ({ nowMs, model }) =>
      typeof nowMs === 'number' && isRecord(model) && parts.every((part) => isRecord(model[part])),
    handle: ({ nowMs, model }) => {
      setHostClock(nowMs);
      view.setModel(model);
    },
  },
});

const view = new GuestView(root, new PageMemory(link), (message) => link.post(message));
link.post({ type: 'ready' });
